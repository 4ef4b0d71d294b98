DROP TABLE smtp_trail;
