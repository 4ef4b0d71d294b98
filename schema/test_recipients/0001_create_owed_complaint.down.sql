DROP TABLE owed_complaint;
