//! Comments of Pylint: `# pylint: disable=exec-used`, of which only what names one of our rules counts.
//!
//! Behind code it speaks of that statement, on a line of its own of the rest of the block, `disable-next` of the
//! statement that follows.

use crate::comments::Comments;

/// The names in such a comment, and whether it speaks of the next statement.
pub fn read(comment: &str) -> Option<(bool, Vec<&str>)> {
    let rest = comment.trim_start_matches('#').trim_start().strip_prefix("pylint:")?;
    let rest = rest.trim_start().strip_prefix("disable")?;
    let (next, rest) = match rest.strip_prefix("-next") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let list = rest.trim_start().strip_prefix('=')?;
    // A remark can follow: `disable=exec-used  # checked`, `disable=exec-used; checked`.
    let list = list.split(['#', ';']).next().unwrap_or_default();
    let words = list.split(',').filter_map(|word| word.split_whitespace().next()).collect();
    Some((next, words))
}

/// The lines that the comment of a line speaks of, first and last.
pub fn lines(text: &str, comments: &Comments<'_>, line: u32, next: bool) -> (u32, u32) {
    if next {
        let index = comments.statements.partition_point(|&(first, _)| first <= line);
        return comments.statements.get(index).copied().unwrap_or((line, line));
    }
    let (first, last) = comments.statement(line);
    let mut rows = text.lines().enumerate().skip(line as usize - 1);
    let Some((_, row)) = rows.next() else { return (line, line) };
    if !row.trim_start().starts_with('#') {
        return (first, last);
    }
    let indentation = |row: &str| row.len() - row.trim_start().len();
    let own = indentation(row);
    let is_code = |row: &str| !row.trim_start().is_empty() && !row.trim_start().starts_with('#');
    let end = rows.find(|(_, row)| is_code(row) && indentation(row) < own);
    (line, end.map_or(u32::MAX, |(index, _)| index as u32))
}

#[cfg(test)]
mod tests {
    use super::{lines, read};
    use crate::comments;

    #[test]
    fn names() {
        assert_eq!(read("# pylint: disable=exec-used,W0123"), Some((false, vec!["exec-used", "W0123"])));
        assert_eq!(read("#pylint:disable = exec-used  # why"), Some((false, vec!["exec-used"])));
        assert_eq!(read("# pylint: disable-next=eval-used because"), Some((true, vec!["eval-used"])));
        assert_eq!(read("# pylint: enable=exec-used"), None);
        assert_eq!(read("# see pylint: disable=exec-used"), None);
    }

    #[test]
    fn reach() {
        let text = "def f():\n    # pylint: disable=exec-used\n    a()\n\n    b()\nc()  # pylint: disable=x\n\
                    # pylint: disable-next=x\nd(\n  1)\n";
        let comments = comments::scan(text);
        assert_eq!(lines(text, &comments, 2, false), (2, 5));
        assert_eq!(lines(text, &comments, 6, false), (6, 6));
        assert_eq!(lines(text, &comments, 7, true), (8, 9));
    }
}
