-- Complaints that test recipients are still to make: each follows the delivery that it is about.
CREATE TABLE owed_complaint (
    delivery_id uuid PRIMARY KEY,
    since       timestamptz NOT NULL DEFAULT now()
);
