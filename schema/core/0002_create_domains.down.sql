DROP TABLE dkim_key, domain;
