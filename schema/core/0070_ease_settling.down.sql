ALTER TABLE envelope RESET (fillfactor);

ALTER TABLE event ALTER id SET DEFAULT gen_random_uuid();
