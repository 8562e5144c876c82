/** SQL: a file that the formatted message shows between its words; any other stands below it. */
export const PICTURED = `(attachment.inline and attachment.content_type like 'image/%'
  and message.html is not null and strpos(message.html, 'cid:' || attachment.content_id) > 0) is true`;
