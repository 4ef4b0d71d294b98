-- gen_random_uuid() opens /dev/urandom for each where PostgreSQL was built without OpenSSL: 3.5 µs an event. These are made of
-- two random numbers' 100 bits, in the form of version 4; nothing relies on that nobody can guess them. No md5(), which is
-- refused where OpenSSL keeps to FIPS.
ALTER TABLE event ALTER id SET DEFAULT
    overlay(overlay(encode(float8send(random()) || float8send(random()), 'hex') PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid;

-- A mark changes no column that has an index: with room in its page it costs no entry of one.
ALTER TABLE envelope SET (fillfactor = 75);
