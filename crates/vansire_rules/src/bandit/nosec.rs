//! `# nosec` as Bandit reads it.

use super::table;

/// What the comments of a file accept: by line, nothing for everything, or the ids of tests.
#[derive(Debug, Default)]
pub struct Nosec {
    /// In the order of the lines.
    lines: Vec<(u32, Comment)>,
}

/// One comment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// The ids of the tests it names; none for all of them.
    pub tests: Vec<&'static str>,
}

impl Nosec {
    /// Reads the comments of a file, each with its line, in order.
    pub fn new<'a>(comments: impl IntoIterator<Item = (u32, &'a str)>) -> Self {
        let lines = comments.into_iter().filter_map(|(line, text)| Some((line, read_comment(text)?)));
        Self { lines: lines.collect() }
    }

    /// Whether a finding is accepted: by a comment on the line of the finding, or by the first one on the lines of the
    /// code that the test looked at.
    pub fn accepts(&self, test: &str, line: u32, (first, last): (u32, u32)) -> bool {
        let at = self.lines.iter().find(|(one, _)| *one == line);
        let around = self.lines.iter().find(|(one, _)| (first..=last).contains(one));
        let mut tests = at.into_iter().chain(around).flat_map(|(_, comment)| &comment.tests).peekable();
        match (at, around) {
            (None, None) => false,
            _ if tests.peek().is_none() => true,
            _ => tests.any(|&one| one == test),
        }
    }

    /// The line of a comment that accepts a finding, whatever it is.
    pub fn bare(&self, line: u32, (first, last): (u32, u32)) -> Option<u32> {
        let counts = |one: u32| one == line || (first..=last).contains(&one);
        let mut comments = self.lines.iter().filter(|(one, _)| counts(*one));
        comments.find(|(_, comment)| comment.tests.is_empty()).map(|(line, _)| *line)
    }
}

/// Reads a comment, `#` included; none where it doesn't say `nosec`.
pub fn read_comment(comment: &str) -> Option<Comment> {
    let rest = comment.match_indices('#').find_map(|(at, _)| {
        let rest = comment[at + 1..].trim_start().strip_prefix("nosec")?;
        Some(rest.strip_prefix(':').unwrap_or(rest))
    })?;
    let mut words = rest.split('#').next().unwrap_or_default();
    let mut found = Comment::default();
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    while let Some(start) = words.find(is_word) {
        words = &words[start..];
        let word = last_of_list(&mut words);
        found.tests.extend(table::test(word).map(|test| test.id));
    }
    Some(found)
}

/// Takes a list of words with commas and no spaces, of which Bandit sees the last.
fn last_of_list<'a>(text: &mut &'a str) -> &'a str {
    let mut last = "";
    loop {
        let length = match text.strip_prefix(['B', 'b']).map(|rest| rest.len() - digits(rest).len()) {
            // An id ends with its digits.
            Some(count) if count > 0 => 1 + count,
            _ => text.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(text.len()),
        };
        if length == 0 {
            return last;
        }
        last = &text[..length];
        *text = &text[length..];
        *text = text.strip_prefix(',').unwrap_or(text);
    }
}

fn digits(text: &str) -> &str {
    text.trim_start_matches(|character: char| character.is_ascii_digit())
}
