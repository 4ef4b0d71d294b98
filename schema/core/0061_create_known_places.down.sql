DROP TABLE known_place;
