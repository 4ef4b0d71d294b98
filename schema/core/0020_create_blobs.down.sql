-- What lies in `blob` goes back into the rows. With parts in files there is no way back, and the last statement says so.
UPDATE content SET html = convert_from(whole.bytes, 'UTF8')
  FROM (SELECT content_id, string_agg(bytes, '' ORDER BY piece) AS bytes FROM blob WHERE place = -1 GROUP BY 1) AS whole
 WHERE content.id = whole.content_id;
UPDATE content SET text = convert_from(whole.bytes, 'UTF8')
  FROM (SELECT content_id, string_agg(bytes, '' ORDER BY piece) AS bytes FROM blob WHERE place = -2 GROUP BY 1) AS whole
 WHERE content.id = whole.content_id;
UPDATE content SET raw = whole.bytes
  FROM (SELECT content_id, string_agg(bytes, '' ORDER BY piece) AS bytes FROM blob WHERE place = -3 GROUP BY 1) AS whole
 WHERE content.id = whole.content_id;
UPDATE attachment SET bytes = whole.bytes
  FROM (SELECT content_id, place, string_agg(bytes, '' ORDER BY piece) AS bytes FROM blob GROUP BY 1, 2) AS whole
 WHERE attachment.content_id = whole.content_id AND attachment.position = whole.place;
UPDATE content SET attachments = attachments - bodies.count
  FROM (SELECT content_id, count(*) AS count FROM attachment WHERE position < 0 AND bytes IS NOT NULL GROUP BY 1) AS bodies
 WHERE content.id = bodies.content_id;
DELETE FROM attachment WHERE position < 0 AND bytes IS NOT NULL OR content_type = 'x-mailit/swept';
DROP TABLE blob;
ALTER TABLE attachment ALTER bytes SET NOT NULL, DROP COLUMN size;
