//! Fitting text into the width of a terminal: wrapping, cutting, and making it harmless.

use unicode_width::UnicodeWidthChar;

/// What stands for the part of a line that was cut away.
const ELLIPSIS: &str = "…";

/// How wide a tab is shown: as editors show Python.
const TAB: usize = 4;

/// The columns that a text takes in a terminal.
pub fn width(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Makes text from a file or a path safe to print: escape sequences would be carried out by the
/// terminal, and characters that change the direction of writing would show other code than the
/// interpreter sees.
pub fn harmless(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        push_harmless(&mut result, character);
    }
    result
}

fn push_harmless(result: &mut String, character: char) {
    match character {
        '\t' => result.push(' '),
        _ if character.is_control() || is_direction_mark(character) => {
            result.extend(character.escape_unicode());
        }
        _ => result.push(character),
    }
}

fn is_direction_mark(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{061C}')
}

/// Breaks a sentence into lines of at most `width` columns, at blanks. A word that is wider stands
/// alone and unbroken, so that paths and names can be copied.
pub fn wrap(text: &str, width_of_line: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > width_of_line {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A line of code as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// What stands before the marked part, the marked part, and what follows.
    pub before: String,
    pub marked: String,
    pub after: String,
}

/// Fits a line of code into `room` columns so that the part from `start` to `end` (characters,
/// counted from 0) is seen.
pub fn show_code(line: &str, start: usize, end: usize, room: usize) -> Shown {
    let mut cells: Vec<(String, usize)> = Vec::new();
    for character in line.chars() {
        let mut text = String::new();
        if character == '\t' {
            text.push_str(&" ".repeat(TAB));
        } else {
            push_harmless(&mut text, character);
        }
        let columns = width(&text);
        cells.push((text, columns));
    }
    let start = start.min(cells.len());
    let end = end.clamp(start, cells.len());
    let (first, last) = window(&cells, start, end, room);
    let join = |range: std::ops::Range<usize>| -> String {
        cells[range].iter().map(|(text, _)| text.as_str()).collect()
    };
    let mut before = join(first..start.max(first));
    if first > 0 {
        before.insert_str(0, ELLIPSIS);
    }
    let marked = join(start.max(first)..end.min(last));
    let mut after = join(end.min(last).max(start)..last);
    if last < cells.len() {
        after.push_str(ELLIPSIS);
    }
    Shown { before, marked, after }
}

/// Which cells are shown: all of them if they fit, else a stretch around the marked part, with a
/// column at each cut side for the ellipsis.
fn window(cells: &[(String, usize)], start: usize, end: usize, room: usize) -> (usize, usize) {
    let total: usize = cells.iter().map(|(_, columns)| columns).sum();
    if total <= room {
        return (0, cells.len());
    }
    let columns_until_end: usize = cells[..end].iter().map(|(_, columns)| columns).sum();
    let mut first = 0;
    let mut room = room.saturating_sub(1);
    if columns_until_end > room {
        room = room.saturating_sub(1);
        // A third of the room goes to what stands before the mark.
        let mut context = room / 3;
        first = start;
        while first > 0 && cells[first - 1].1 <= context {
            context -= cells[first - 1].1;
            first -= 1;
        }
    }
    let mut last = first;
    while last < cells.len() && cells[last].1 <= room {
        room -= cells[last].1;
        last += 1;
    }
    (first, last.max(start))
}

#[cfg(test)]
mod tests {
    use super::{harmless, show_code, width, wrap};

    #[test]
    fn wraps_at_blanks_and_keeps_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a averyverylongword b", 5), ["a", "averyverylongword", "b"]);
    }

    #[test]
    fn terminal_sequences_are_shown_not_sent() {
        assert_eq!(harmless("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn short_code_stays_whole() {
        let shown = show_code("\tf(x)", 1, 2, 40);
        assert_eq!(
            (shown.before.as_str(), shown.marked.as_str(), shown.after.as_str()),
            ("    ", "f", "(x)")
        );
    }

    #[test]
    fn long_code_is_cut_around_the_mark() {
        let line = format!("{}MARK{}", "a".repeat(200), "b".repeat(200));
        let shown = show_code(&line, 200, 204, 60);
        assert_eq!(shown.marked, "MARK");
        let whole = format!("{}{}{}", shown.before, shown.marked, shown.after);
        assert!(width(&whole) <= 60, "{}", width(&whole));
        assert!(whole.starts_with('…') && whole.ends_with('…'));
    }

    #[test]
    fn a_mark_wider_than_the_room_is_cut() {
        let shown = show_code(&"x".repeat(300), 0, 300, 50);
        assert!(width(&shown.marked) <= 50);
        assert_eq!(shown.after, "…");
    }

    #[test]
    fn a_mark_past_the_end_of_the_line_is_empty() {
        let shown = show_code("abc", 10, 20, 50);
        assert_eq!((shown.before.as_str(), shown.marked.as_str()), ("abc", ""));
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("日本"), 4);
        let shown = show_code(&"日".repeat(100), 50, 51, 20);
        assert!(width(&format!("{}{}{}", shown.before, shown.marked, shown.after)) <= 20);
    }
}
