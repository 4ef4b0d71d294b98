DROP TABLE toy_note;
