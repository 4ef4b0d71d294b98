DROP TABLE sent_count, quota;
