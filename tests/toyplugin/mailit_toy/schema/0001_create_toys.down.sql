DROP TABLE toy_refusal, toy_count, toy_box;
