DROP TABLE email_tag;
DROP INDEX email_domain;
