DROP TABLE holder, envelope, delivery, email, attachment, content;
