//! A parser of Python's regular expressions, as `re` of Python 3.14 reads them.

use std::collections::BTreeMap;

use super::RegexFlags;
use crate::text::CharSet;

/// How deeply groups may nest; beyond that nothing is said about a pattern.
const DEPTH_LIMIT: u32 = 100;
/// Longer patterns aren't read.
const LENGTH_LIMIT: usize = 1 << 16;

/// The longest `{…}` that is looked at as a count.
const COUNT_LIMIT: usize = 24;

const WORD: CharSet = CharSet::LETTERS.union(CharSet::DIGITS).union(CharSet::of("_"));
const SPACE: CharSet = CharSet::SPACE.union(CharSet::range(0x1c, 0x1f));
/// Letters outside ASCII that are case variants of ASCII letters: the Turkish i, the long s, the Kelvin sign.
const FOREIGN_CASES: [(char, CharSet); 4] = [
    ('\u{130}', CharSet::of("iI")),
    ('\u{131}', CharSet::of("iI")),
    ('\u{17f}', CharSet::of("sS")),
    ('\u{212a}', CharSet::of("kK")),
];

/// The characters that one step of a match can consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set {
    /// What it may match.
    pub may: CharSet,
    /// It matches every character outside ASCII, not only some.
    pub sure_other: bool,
}

impl Set {
    fn ascii(may: CharSet) -> Self {
        Self { may, sure_other: false }
    }

    /// What it matches for sure.
    pub(super) fn sure(self) -> CharSet {
        if self.sure_other { self.may } else { self.may & CharSet::ASCII }
    }

    fn union(self, other: Self) -> Self {
        Self { may: self.may | other.may, sure_other: self.sure_other || other.sure_other }
    }

    fn complement(self) -> Self {
        let ascii = !self.may & CharSet::ASCII;
        let may = if self.sure_other { ascii } else { ascii.with_other() };
        Self { may, sure_other: !self.may.has_other() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    TextStart,
    TextEnd,
    /// `$`: the end, or before a line break at the end.
    TextEndOrBreak,
    /// A line's start or end, or the border of a word: says nothing about the whole text.
    Weak,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    Char(char),
    Set(Set),
    Concat(Vec<Node>),
    Alternation(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
    Group {
        index: u32,
        node: Box<Node>,
    },
    /// What is matched once and not tried otherwise: `(?>…)`, and `a*+` with the repetition directly inside.
    Atomic(Box<Node>),
    Anchor(Anchor),
    Look {
        ahead: bool,
        negative: bool,
        node: Box<Node>,
    },
    BackReference(u32),
    Conditional(Box<Node>, Box<Node>),
}

pub(super) struct Pattern {
    pub root: Node,
    pub names: BTreeMap<String, u32>,
    pub groups: u32,
}

pub(super) fn parse(pattern: &str, flags: RegexFlags) -> Option<Pattern> {
    if pattern.len() > LENGTH_LIMIT {
        return None;
    }
    let mut parser = Parser { rest: pattern, flags, names: BTreeMap::default(), groups: 0, depth: 0 };
    parser.global_flags()?;
    let root = parser.alternation()?;
    parser.rest.is_empty().then_some(Pattern { root, names: parser.names, groups: parser.groups })
}

struct Parser<'a> {
    rest: &'a str,
    flags: RegexFlags,
    names: BTreeMap<String, u32>,
    groups: u32,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The text up to `end`, which is consumed, too.
    fn until(&mut self, end: char) -> Option<&'a str> {
        let (text, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(text)
    }

    /// `(?im)` at the very beginning holds for the whole pattern.
    fn global_flags(&mut self) -> Option<()> {
        loop {
            self.skip_verbose();
            let Some(inside) = self.rest.strip_prefix("(?") else { return Some(()) };
            let Some((letters, rest)) = inside.split_once(')') else { return Some(()) };
            if letters.is_empty() || !letters.chars().all(|letter| "aiLmsux".contains(letter)) {
                return Some(());
            }
            self.flags.set(letters, true)?;
            self.rest = rest;
        }
    }

    fn skip_verbose(&mut self) {
        if !self.flags.verbose {
            return;
        }
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn alternation(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let mut branches = vec![self.sequence()?];
        while self.take("|") {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        Some(if branches.len() == 1 { branches.pop()? } else { Node::Alternation(branches) })
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        loop {
            self.skip_verbose();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some('*' | '+' | '?') => self.quantify(&mut nodes)?,
                Some('{') if self.counted().is_some() => self.quantify(&mut nodes)?,
                Some(_) => {
                    let node = self.atom()?;
                    nodes.push(node);
                }
            }
        }
        Some(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.pop()?,
            _ => Node::Concat(nodes),
        })
    }

    /// `{2,3}` at the current position: its bounds and its length.
    fn counted(&self) -> Option<(u32, Option<u32>, usize)> {
        let end = self.rest.bytes().take(COUNT_LIMIT).position(|byte| byte == b'}')?;
        let inside = self.rest.get(1..end)?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let length = inside.len() + 2;
        match inside.split_once(',') {
            None => number(inside).map(|count| (count, Some(count), length)),
            Some((low, high)) => {
                let min = if low.is_empty() { 0 } else { number(low)? };
                let max = if high.is_empty() { None } else { Some(number(high)?) };
                Some((min, max, length))
            }
        }
    }

    fn quantify(&mut self, nodes: &mut Vec<Node>) -> Option<()> {
        let (min, max, length) = match self.peek()? {
            '*' => (0, None, 1),
            '+' => (1, None, 1),
            '?' => (0, Some(1), 1),
            _ => self.counted()?,
        };
        self.rest = &self.rest[length..];
        let node = nodes.pop()?;
        // `a**` is an error; `a*?` is lazy, which changes how much is consumed, not what may be.
        let repeated = match &node {
            Node::Atomic(inside) => matches!(**inside, Node::Repeat { .. }),
            other => matches!(other, Node::Repeat { .. } | Node::Anchor(_)),
        };
        if repeated || max.is_some_and(|max| max < min) {
            return None;
        }
        let repeat = Node::Repeat { node: Box::new(node), min, max };
        let possessive = !self.take("?") && self.take("+");
        nodes.push(if possessive { Node::Atomic(Box::new(repeat)) } else { repeat });
        Some(())
    }

    fn atom(&mut self) -> Option<Node> {
        let character = self.next()?;
        Some(match character {
            '.' if self.flags.dot_all => Node::Set(Set { may: CharSet::ALL, sure_other: true }),
            '.' => Node::Set(Set::ascii(CharSet::of("\n")).complement()),
            '^' if self.flags.multiline => Node::Anchor(Anchor::Weak),
            '^' => Node::Anchor(Anchor::TextStart),
            '$' if self.flags.multiline => Node::Anchor(Anchor::Weak),
            '$' => Node::Anchor(Anchor::TextEndOrBreak),
            '[' => Node::Set(self.class()?),
            '(' => self.group()?,
            '\\' => self.escape()?,
            other => self.character(other),
        })
    }

    fn character(&self, character: char) -> Node {
        if self.flags.ignore_case && character.is_alphabetic() {
            Node::Set(self.fold(range(character, character), foreign_cases(character, character)))
        } else {
            Node::Char(character)
        }
    }

    /// A set with the case variants of its characters; `foreign` are those of characters outside ASCII.
    fn fold(&self, set: Set, foreign: CharSet) -> Set {
        if !self.flags.ignore_case {
            return set;
        }
        let mut may = set.may.both_cases();
        if !self.flags.ascii {
            if may.intersects(CharSet::of("iksIKS")) {
                may = may.with_other();
            }
            may = may | foreign;
        }
        Set { may, sure_other: set.sure_other }
    }

    fn category(&self, letter: char) -> Option<Set> {
        let ascii = match letter.to_ascii_lowercase() {
            'd' => CharSet::DIGITS,
            'w' => WORD,
            's' => SPACE,
            _ => return None,
        };
        // With ASCII rules, `\s` doesn't have the separators that are control characters.
        let positive = match (self.flags.ascii, letter) {
            (true, 's' | 'S') => Set::ascii(CharSet::SPACE),
            (true, _) => Set::ascii(ascii),
            (false, _) => Set { may: ascii.with_other(), sure_other: false },
        };
        Some(if letter.is_ascii_uppercase() { positive.complement() } else { positive })
    }

    fn escape(&mut self) -> Option<Node> {
        let character = self.next()?;
        if let Some(set) = self.category(character) {
            return Some(Node::Set(set));
        }
        Some(match character {
            'A' => Node::Anchor(Anchor::TextStart),
            'Z' | 'z' => Node::Anchor(Anchor::TextEnd),
            'b' | 'B' => Node::Anchor(Anchor::Weak),
            '1'..='9' => {
                // Three octal digits are a character, else it is the number of a group.
                let digits: String = self.rest.chars().take(2).take_while(char::is_ascii_digit).collect();
                let octal = character <= '3'
                    && digits.len() == 2
                    && character <= '7'
                    && digits.chars().all(|digit| digit <= '7');
                let used = if octal { 2 } else { digits.len().min(1) };
                let number = format!("{character}{}", &digits[..used]);
                self.rest = &self.rest[used..];
                if octal {
                    self.character(char::from_u32(u32::from_str_radix(&number, 8).ok()?)?)
                } else {
                    let index = number.parse().ok()?;
                    if index > self.groups {
                        return None;
                    }
                    Node::BackReference(index)
                }
            }
            _ => {
                let character = self.escaped_character(character)?;
                self.character(character)
            }
        })
    }

    /// The character for which an escape stands whose letter was read.
    fn escaped_character(&mut self, letter: char) -> Option<char> {
        Some(match letter {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\x0c',
            'v' => '\x0b',
            'a' => '\x07',
            '0' => {
                let digits: String =
                    self.rest.chars().take(2).take_while(|digit| ('0'..='7').contains(digit)).collect();
                self.rest = &self.rest[digits.len()..];
                char::from_u32(u32::from_str_radix(&format!("0{digits}"), 8).ok()?)?
            }
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            'N' => {
                // Names of ASCII characters are rare enough to give up on.
                return None;
            }
            other if other.is_ascii_alphanumeric() => return None,
            other => other,
        })
    }

    fn hexadecimal(&mut self, length: usize) -> Option<char> {
        let (digits, rest) = self.rest.split_at_checked(length)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        let number = u32::from_str_radix(digits, 16).ok()?;
        // Half of a surrogate pair is a character to Python.
        Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn class(&mut self) -> Option<Set> {
        let negative = self.take("^");
        let mut set = Set::ascii(CharSet::EMPTY);
        // A category together with its opposite covers everything.
        let mut categories = Vec::new();
        let mut foreign = CharSet::EMPTY;
        let mut first = true;
        loop {
            let character = self.next()?;
            if character == ']' && !first {
                break;
            }
            first = false;
            let low = match self.class_item(character)? {
                Item::Char(character) => character,
                Item::Category(letter, category) => {
                    categories.push(letter);
                    set = set.union(category);
                    continue;
                }
            };
            if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
                set = set.union(range(low, low));
                foreign = foreign | foreign_cases(low, low);
                continue;
            }
            self.rest = &self.rest[1..];
            let character = self.next()?;
            let Item::Char(high) = self.class_item(character)? else { return None };
            if high < low {
                return None;
            }
            set = set.union(range(low, high));
            foreign = foreign | foreign_cases(low, high);
        }
        set.sure_other |= "dws"
            .chars()
            .any(|letter| categories.contains(&letter) && categories.contains(&letter.to_ascii_uppercase()));
        let set = self.fold(set, foreign);
        Some(if negative { set.complement() } else { set })
    }

    fn class_item(&mut self, character: char) -> Option<Item> {
        if character != '\\' {
            return Some(Item::Char(character));
        }
        let letter = self.next()?;
        if let Some(category) = self.category(letter) {
            return Some(Item::Category(letter, category));
        }
        Some(Item::Char(match letter {
            'b' => '\x08',
            '1'..='7' => {
                let digits: String =
                    self.rest.chars().take(2).take_while(|digit| ('0'..='7').contains(digit)).collect();
                self.rest = &self.rest[digits.len()..];
                char::from_u32(u32::from_str_radix(&format!("{letter}{digits}"), 8).ok()?)?
            }
            _ => self.escaped_character(letter)?,
        }))
    }

    fn group(&mut self) -> Option<Node> {
        if !self.take("?") {
            return self.capture();
        }
        if self.take("P<") {
            let name = self.until('>')?;
            self.names.insert(name.to_owned(), self.groups + 1);
            return self.capture();
        }
        if self.take("P=") {
            let name = self.until(')')?;
            return self.names.get(name).map(|&index| Node::BackReference(index));
        }
        if self.take("#") {
            self.until(')')?;
            return Some(Node::Empty);
        }
        if self.take(":") {
            return self.inside();
        }
        if self.take(">") {
            return self.inside().map(|node| Node::Atomic(Box::new(node)));
        }
        for (start, ahead, negative) in
            [("=", true, false), ("!", true, true), ("<=", false, false), ("<!", false, true)]
        {
            if self.take(start) {
                let node = Box::new(self.inside()?);
                return Some(Node::Look { ahead, negative, node });
            }
        }
        if self.take("(") {
            self.until(')')?;
            return match self.inside()? {
                Node::Alternation(mut branches) if branches.len() == 2 => {
                    let no = branches.pop()?;
                    Some(Node::Conditional(Box::new(branches.pop()?), Box::new(no)))
                }
                Node::Alternation(_) => None,
                yes => Some(Node::Conditional(Box::new(yes), Box::new(Node::Empty))),
            };
        }
        let flags = self.flags;
        let letters = self.until(':')?;
        let (on, off) = letters.split_once('-').unwrap_or((letters, ""));
        self.flags.set(on, true)?;
        self.flags.set(off, false)?;
        let node = self.inside();
        self.flags = flags;
        node
    }

    fn capture(&mut self) -> Option<Node> {
        self.groups += 1;
        let index = self.groups;
        let node = Box::new(self.inside()?);
        Some(Node::Group { index, node })
    }

    fn inside(&mut self) -> Option<Node> {
        let node = self.alternation()?;
        if !self.take(")") {
            return None;
        }
        Some(match node {
            // Behind its parenthesis it may be repeated again.
            Node::Repeat { .. } | Node::Atomic(_) | Node::Anchor(_) => Node::Concat(vec![node]),
            other => other,
        })
    }
}

enum Item {
    Char(char),
    Category(char, Set),
}

/// The ASCII letters that are case variants of characters in a range outside ASCII.
fn foreign_cases(low: char, high: char) -> CharSet {
    FOREIGN_CASES
        .iter()
        .filter(|(character, _)| (low..=high).contains(character))
        .fold(CharSet::EMPTY, |all, (_, variants)| all | *variants)
}

fn range(low: char, high: char) -> Set {
    let mut may = CharSet::EMPTY;
    if let Ok(first) = u8::try_from(low)
        && low.is_ascii()
    {
        may = CharSet::range(first, u8::try_from(high).unwrap_or(127).min(127));
    }
    if !high.is_ascii() {
        may = may.with_other();
    }
    Set { may, sure_other: low <= '\u{80}' && high == char::MAX }
}
