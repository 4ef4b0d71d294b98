-- What services and jobs did.
CREATE TABLE toy_note (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text    text NOT NULL
);
