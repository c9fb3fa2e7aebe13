//! What Python's regular expressions prove about a text: when they match, when they don't, and what is left
//! when their matches are replaced.
//!
//! Everything is decided from the syntax tree, without running a match: an answer may be too cautious, but what
//! it claims holds for every text.

mod backtracking;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::parse::{Anchor, Node, Pattern, Set};
use super::CharSet;

/// As many exact texts are listed.
const FINITE_LIMIT: usize = 16;
/// Longer texts aren't listed, and beginnings and ends are cut to this length.
const TEXT_LIMIT: usize = 256;

/// How a pattern is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RegexFlags {
    pub ignore_case: bool,
    pub multiline: bool,
    pub dot_all: bool,
    pub verbose: bool,
    /// `re.ASCII`, or a pattern of bytes.
    pub ascii: bool,
}

impl RegexFlags {
    /// From the value of Python's `re.I | re.M | …`.
    pub fn from_bits(bits: u32) -> Self {
        Self {
            ignore_case: bits & 2 != 0,
            multiline: bits & 8 != 0,
            dot_all: bits & 16 != 0,
            verbose: bits & 64 != 0,
            ascii: bits & 256 != 0,
        }
    }

    /// From the letters of `(?ims)`; `None` when one of them isn't known.
    fn set(&mut self, letters: &str, value: bool) -> Option<()> {
        for letter in letters.chars() {
            match letter {
                'i' => self.ignore_case = value,
                'm' => self.multiline = value,
                's' => self.dot_all = value,
                'x' => self.verbose = value,
                'a' => self.ascii = value,
                'u' => self.ascii = !value,
                'L' => {}
                _ => return None,
            }
        }
        Some(())
    }
}

/// Which function of `re` is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchMode {
    Match,
    Search,
    FullMatch,
}

/// A group, as `match.group` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupName<'a> {
    Index(u32),
    Name(&'a str),
}

/// What is proved about a whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The characters that the text can contain; when `trailing_newline` is set, besides a line break at its
    /// very end.
    pub chars: CharSet,
    /// `$` lets one line break through at the end.
    pub trailing_newline: bool,
    /// The text is one of these (with a line break behind it when `trailing_newline` is set).
    pub finite: Option<Vec<String>>,
    /// The text begins with this.
    pub prefix: Option<String>,
    /// The text ends with this, but for the line break.
    pub suffix: Option<String>,
    /// The text contains none of these.
    pub absent: Vec<String>,
}

impl Proof {
    /// Nothing is proved.
    pub const NOTHING: Self = Self {
        chars: CharSet::ALL,
        trailing_newline: false,
        finite: None,
        prefix: None,
        suffix: None,
        absent: Vec::new(),
    };
}

/// What `re.sub` leaves of a text and what it puts into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// Of the text's own characters, these can be in the result.
    pub keeps: CharSet,
    /// These can be in the result besides: the literal characters of the replacement.
    pub adds: CharSet,
}

/// A regular expression that was understood.
#[derive(Clone, Debug)]
pub struct RegexFacts {
    root: Node,
    names: BTreeMap<String, u32>,
    /// The characters that each group can hold; the first is the whole match.
    groups: Vec<CharSet>,
}

/// Reads a pattern. `None` when it is no valid regular expression, or one that isn't understood.
pub fn facts(pattern: &str, flags: RegexFlags) -> Option<RegexFacts> {
    let Pattern { root, names, groups } = parse::parse(pattern, flags)?;
    let mut group_chars = vec![CharSet::ALL; groups as usize + 1];
    group_chars[0] = chars(&root, &mut group_chars);
    Some(RegexFacts { root, names, groups: group_chars })
}

impl RegexFacts {
    /// What a match of the pattern proves about the whole text.
    pub fn proved(&self, mode: MatchMode) -> Proof {
        let starts = mode != MatchMode::Search || asserts_start(&self.root);
        let end = if mode == MatchMode::FullMatch { Some(End::Exact) } else { asserts_end(&self.root) };
        let whole = starts && end.is_some();
        // Every set that the whole text is known to consist of, each with whether a line break may follow.
        let mut limits = Vec::new();
        if whole {
            limits.push((self.groups[0], end == Some(End::Break)));
        }
        let mut absent = Vec::new();
        if starts {
            self.look_ahead(&mut limits, &mut absent);
        }
        let chars = limits.iter().fold(CharSet::ALL, |chars, (limit, _)| chars & *limit);
        let trailing_newline = limits.iter().any(|(_, newline)| *newline)
            && limits.iter().all(|(limit, newline)| *newline || limit.contains('\n'));
        Proof {
            chars,
            trailing_newline,
            finite: if whole { language(&self.root) } else { None },
            prefix: if starts { affix(&self.root, Side::Front) } else { None },
            suffix: if end.is_some() { affix(&self.root, Side::Back) } else { None },
            absent,
        }
    }

    /// What look-aheads at the very beginning say: `(?!.*[<>])`, `(?=[a-z]+$)`.
    fn look_ahead(&self, limits: &mut Vec<(CharSet, bool)>, absent: &mut Vec<String>) {
        let nodes = sequence(&self.root);
        let mut scratch = self.groups.clone();
        let may_break = limits.iter().all(|(limit, _)| limit.contains('\n'));
        for node in nodes.iter().take_while(|node| is_zero_width(node)) {
            let Node::Look { ahead: true, negative, node } = node else { continue };
            if !negative {
                if let Some(end) = asserts_end(node) {
                    limits.push((chars(node, &mut scratch), end == End::Break));
                }
                continue;
            }
            let Some(rest) = behind_anything(node, !may_break) else { continue };
            limits.push((!singles_of(rest), false));
            absent.extend(texts_of(rest));
        }
    }

    /// The characters that are surely not in a text for which `mode` finds no match.
    pub fn refuted(&self, mode: MatchMode) -> CharSet {
        self.refuting(mode).map_or(CharSet::EMPTY, singles_of)
    }

    /// Texts that are surely not part of a text for which `mode` finds no match.
    pub fn refuted_texts(&self, mode: MatchMode) -> Vec<String> {
        self.refuting(mode).map(texts_of).unwrap_or_default()
    }

    /// The part of the pattern that, found anywhere in a text, makes a match of the whole.
    fn refuting(&self, mode: MatchMode) -> Option<&[Node]> {
        match mode {
            MatchMode::Search => {
                Some(behind_anything(&self.root, false).unwrap_or_else(|| sequence(&self.root)))
            }
            MatchMode::Match => behind_anything(&self.root, false),
            MatchMode::FullMatch => {
                let rest = behind_anything(&self.root, false)?;
                let (last, rest) = rest.split_last()?;
                is_anything(last, false).then_some(rest)
            }
        }
    }

    /// What replacing every match leaves. `replacement` is `None` when a function makes it: then what it
    /// returns has to be added.
    pub fn substituted(&self, replacement: Option<&str>) -> Substitution {
        let mut substitution = Substitution { keeps: !singles(&self.root), adds: CharSet::EMPTY };
        let mut rest = replacement.unwrap_or_default().chars().peekable();
        while let Some(character) = rest.next() {
            if character != '\\' {
                substitution.adds.insert(character);
                continue;
            }
            match rest.next() {
                Some('g') if rest.peek() == Some(&'<') => {
                    let name: String = rest.by_ref().skip(1).take_while(|&letter| letter != '>').collect();
                    let group = name.parse().map_or_else(|_| GroupName::Name(&name), GroupName::Index);
                    substitution.keeps = substitution.keeps | self.group_chars(group);
                }
                Some('0') => substitution.adds.insert('\0'),
                Some(first @ '1'..='9') => {
                    let mut index = first as u32 - '0' as u32;
                    if let Some(second) = rest.next_if(char::is_ascii_digit) {
                        index = index * 10 + (second as u32 - '0' as u32);
                    }
                    substitution.keeps = substitution.keeps | self.group_chars(GroupName::Index(index));
                }
                Some('n') => substitution.adds.insert('\n'),
                Some('r') => substitution.adds.insert('\r'),
                Some('t') => substitution.adds.insert('\t'),
                Some('f') => substitution.adds.insert('\x0c'),
                Some('v') => substitution.adds.insert('\x0b'),
                Some(other) => {
                    substitution.adds.insert('\\');
                    substitution.adds.insert(other);
                }
                None => substitution.adds.insert('\\'),
            }
        }
        substitution
    }

    /// The characters that a group can hold; all when there is no such group.
    pub fn group_chars(&self, group: GroupName<'_>) -> CharSet {
        self.index(group).and_then(|index| self.groups.get(index as usize)).copied().unwrap_or(CharSet::ALL)
    }

    /// What is known about the text of a group.
    pub fn group(&self, group: GroupName<'_>) -> Proof {
        let Some(index) = self.index(group) else { return Proof::NOTHING };
        let node = if index == 0 { Some(&self.root) } else { find(&self.root, index) };
        let Some(node) = node else { return Proof::NOTHING };
        Proof {
            chars: self.group_chars(group),
            finite: language(node),
            prefix: affix(node, Side::Front),
            suffix: affix(node, Side::Back),
            ..Proof::NOTHING
        }
    }

    /// How many groups there are, without the whole match.
    pub fn group_count(&self) -> u32 {
        self.groups.len() as u32 - 1
    }

    /// The names of groups with their numbers, by number.
    pub fn group_names(&self) -> Vec<(&str, u32)> {
        let mut names: Vec<_> = self.names.iter().map(|(name, &index)| (name.as_str(), index)).collect();
        names.sort_unstable_by_key(|&(_, index)| index);
        names
    }

    /// The characters of what `findall` gives: the whole matches, or those of the groups.
    pub fn found_chars(&self) -> CharSet {
        match &self.groups[..] {
            [whole] => *whole,
            [_, groups @ ..] => groups.iter().fold(CharSet::EMPTY, |all, &chars| all | chars),
            [] => CharSet::ALL,
        }
    }

    /// The characters of what `split` gives: what stands between the matches, and the groups.
    pub fn split_chars(&self) -> CharSet {
        let groups = self.groups.iter().skip(1).fold(CharSet::EMPTY, |all, &chars| all | chars);
        !singles(&self.root) | groups
    }

    fn index(&self, group: GroupName<'_>) -> Option<u32> {
        match group {
            GroupName::Index(index) => Some(index),
            GroupName::Name(name) => self.names.get(name).copied(),
        }
    }
}

/// The characters that a node can consume; fills in those of its groups.
fn chars(node: &Node, groups: &mut Vec<CharSet>) -> CharSet {
    match node {
        Node::Empty | Node::Anchor(_) => CharSet::EMPTY,
        Node::Char(character) => {
            let mut set = CharSet::EMPTY;
            set.insert(*character);
            set
        }
        Node::Set(set) => set.may,
        Node::Concat(nodes) | Node::Alternation(nodes) => {
            nodes.iter().fold(CharSet::EMPTY, |all, node| all | chars(node, groups))
        }
        Node::Repeat { node, max, .. } => {
            let inside = chars(node, groups);
            if *max == Some(0) { CharSet::EMPTY } else { inside }
        }
        Node::Group { index, node } => {
            let inside = chars(node, groups);
            if let Some(group) = groups.get_mut(*index as usize) {
                *group = inside;
            }
            inside
        }
        Node::Atomic(node) => chars(node, groups),
        Node::Look { node, .. } => {
            chars(node, groups);
            CharSet::EMPTY
        }
        // The group was left before it is referred to; with `re.I` its cases may differ.
        Node::BackReference(index) => {
            let group = groups.get(*index as usize).copied().unwrap_or(CharSet::ALL).both_cases();
            if group.intersects(CharSet::LETTERS) { group.with_other() } else { group }
        }
        Node::Conditional(yes, no) => chars(yes, groups) | chars(no, groups),
    }
}

/// How a match ends at the end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Exact,
    /// Perhaps before a line break.
    Break,
}

/// Every match begins at the beginning of the text. A part that must match and stands at the beginning leaves
/// nothing for what comes before it, so its place doesn't matter.
fn asserts_start(node: &Node) -> bool {
    match node {
        Node::Anchor(anchor) => *anchor == Anchor::TextStart,
        Node::Concat(nodes) => nodes.iter().any(asserts_start),
        Node::Alternation(nodes) => nodes.iter().all(asserts_start),
        Node::Repeat { node, min, .. } => *min > 0 && asserts_start(node),
        Node::Group { node, .. } | Node::Atomic(node) => asserts_start(node),
        Node::Conditional(yes, no) => asserts_start(yes) && asserts_start(no),
        Node::Empty | Node::Char(_) | Node::Set(_) | Node::Look { .. } | Node::BackReference(_) => false,
    }
}

/// Every match ends at the end of the text.
fn asserts_end(node: &Node) -> Option<End> {
    match node {
        Node::Anchor(Anchor::TextEnd) => Some(End::Exact),
        Node::Anchor(Anchor::TextEndOrBreak) => Some(End::Break),
        Node::Concat(nodes) => {
            let mut ends = nodes.iter().filter_map(asserts_end);
            let first = ends.next()?;
            Some(if first == End::Exact || ends.any(|end| end == End::Exact) {
                End::Exact
            } else {
                End::Break
            })
        }
        Node::Alternation(nodes) => every_end(nodes.iter()),
        Node::Repeat { node, min, .. } if *min > 0 => asserts_end(node),
        Node::Group { node, .. } | Node::Atomic(node) => asserts_end(node),
        Node::Conditional(yes, no) => every_end([&**yes, &**no].into_iter()),
        _ => None,
    }
}

fn every_end<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<End> {
    let mut all = End::Exact;
    for node in nodes {
        if asserts_end(node)? == End::Break {
            all = End::Break;
        }
    }
    Some(all)
}

/// The texts that a node matches, when they are few. Context is ignored, so there may be too many, never too few.
fn language(node: &Node) -> Option<Vec<String>> {
    let mut texts = match node {
        Node::Empty | Node::Anchor(_) | Node::Look { .. } => vec![String::new()],
        Node::Char(character) => vec![character.to_string()],
        Node::Set(set) if set.may.has_other() => return None,
        Node::Set(set) => set.may.iter().take(FINITE_LIMIT + 1).map(String::from).collect(),
        Node::Concat(nodes) => {
            let mut texts = vec![String::new()];
            for node in nodes {
                texts = product(&texts, &language(node)?)?;
            }
            texts
        }
        Node::Alternation(nodes) => {
            let mut texts = Vec::new();
            for node in nodes {
                texts.extend(language(node)?);
                texts.sort_unstable();
                texts.dedup();
                if texts.len() > FINITE_LIMIT {
                    return None;
                }
            }
            texts
        }
        Node::Repeat { node, min, max } => {
            let max = (*max)?;
            if max == 0 {
                return Some(vec![String::new()]);
            }
            if max as usize > TEXT_LIMIT {
                return None;
            }
            let once = language(node)?;
            let mut power = vec![String::new()];
            let mut texts = Vec::new();
            for count in 0..=max {
                if count >= *min {
                    texts.extend(power.iter().cloned());
                }
                texts.sort_unstable();
                texts.dedup();
                if texts.len() > FINITE_LIMIT {
                    return None;
                }
                if count < max {
                    power = product(&power, &once)?;
                }
            }
            texts
        }
        Node::Group { node, .. } | Node::Atomic(node) => language(node)?,
        Node::BackReference(_) | Node::Conditional(..) => return None,
    };
    texts.sort_unstable();
    texts.dedup();
    (texts.len() <= FINITE_LIMIT).then_some(texts)
}

fn product(first: &[String], second: &[String]) -> Option<Vec<String>> {
    if first.len() * second.len() > FINITE_LIMIT * FINITE_LIMIT {
        return None;
    }
    let mut texts = Vec::new();
    for start in first {
        for end in second {
            if start.len() + end.len() > TEXT_LIMIT {
                return None;
            }
            texts.push(format!("{start}{end}"));
        }
    }
    texts.sort_unstable();
    texts.dedup();
    (texts.len() <= FINITE_LIMIT).then_some(texts)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Front,
    Back,
}

/// The text with which everything that a node matches begins or ends, unless it is empty.
fn affix(node: &Node, side: Side) -> Option<String> {
    let (text, _) = common(node, side);
    (!text.is_empty()).then(|| match side {
        Side::Front => text,
        Side::Back => text.chars().rev().collect(),
    })
}

/// The common beginning of what a node matches, and whether that is all of it; seen from the end, it is reversed.
fn common(node: &Node, side: Side) -> (String, bool) {
    match node {
        Node::Empty | Node::Anchor(_) | Node::Look { .. } => (String::new(), true),
        Node::Char(character) => (character.to_string(), true),
        Node::Set(_) | Node::BackReference(_) => (String::new(), false),
        Node::Concat(nodes) => {
            let mut text = String::new();
            for index in 0..nodes.len() {
                let index = if side == Side::Front { index } else { nodes.len() - 1 - index };
                let (next, all) = common(&nodes[index], side);
                text.push_str(&next);
                if !all || text.len() > TEXT_LIMIT {
                    return (cut(text), false);
                }
            }
            (text, true)
        }
        Node::Alternation(nodes) => {
            let mut parts = nodes.iter().map(|node| common(node, side));
            let Some(first) = parts.next() else { return (String::new(), true) };
            parts.fold(first, shared)
        }
        Node::Repeat { max: Some(0), .. } => (String::new(), true),
        Node::Repeat { min: 0, .. } => (String::new(), false),
        Node::Repeat { node, min, max } => {
            let (text, all) = common(node, side);
            if !all {
                return (text, false);
            }
            let count = (*min as usize).min(TEXT_LIMIT / text.len().max(1) + 1);
            (text.repeat(count), *max == Some(*min) && count == *min as usize)
        }
        Node::Group { node, .. } | Node::Atomic(node) => common(node, side),
        Node::Conditional(yes, no) => shared(common(yes, side), common(no, side)),
    }
}

fn shared(first: (String, bool), second: (String, bool)) -> (String, bool) {
    let all = first.1 && second.1 && first.0 == second.0;
    let text = first.0.chars().zip(second.0.chars()).take_while(|(one, other)| one == other);
    (text.map(|(character, _)| character).collect(), all)
}

fn cut(text: String) -> String {
    if text.len() <= TEXT_LIMIT { text } else { text.chars().take(TEXT_LIMIT).collect() }
}

/// The characters that a node matches, each one alone and wherever it stands.
fn singles(node: &Node) -> CharSet {
    match node {
        Node::Char(character) if character.is_ascii() => {
            let mut set = CharSet::EMPTY;
            set.insert(*character);
            set
        }
        Node::Set(set) => set.sure(),
        Node::Concat(nodes) => singles_of(nodes),
        Node::Alternation(nodes) => nodes.iter().fold(CharSet::EMPTY, |all, node| all | singles(node)),
        Node::Repeat { max: Some(0), .. } => CharSet::EMPTY,
        Node::Repeat { node, min, .. } if *min <= 1 || is_nullable(node) => singles(node),
        Node::Group { node, .. } => singles(node),
        Node::Atomic(node) => match &**node {
            Node::Repeat { node: inside, .. } if matches!(**inside, Node::Char(_) | Node::Set(_)) => {
                singles(node)
            }
            // What it takes first it doesn't give back, be it nothing.
            node if is_nullable(node) || has_context(node) => CharSet::EMPTY,
            node => singles(node),
        },
        _ => CharSet::EMPTY,
    }
}

/// The same of nodes one after the other: all but one must be able to match nothing.
fn singles_of(nodes: &[Node]) -> CharSet {
    let mut needed = nodes.iter().filter(|node| !is_nullable(node));
    match (needed.next(), needed.next()) {
        (None, _) => nodes.iter().fold(CharSet::EMPTY, |all, node| all | singles(node)),
        (Some(node), None) => singles(node),
        (Some(_), Some(_)) => CharSet::EMPTY,
    }
}

/// The texts that nodes match one after the other, wherever they stand; none when they are many or empty.
fn texts_of(nodes: &[Node]) -> Vec<String> {
    if nodes.iter().any(has_context) {
        return Vec::new();
    }
    let mut texts = vec![String::new()];
    for node in nodes {
        // What may match nothing isn't needed.
        if is_nullable(node) {
            continue;
        }
        let next = language(node).and_then(|next| product(&texts, &next));
        let Some(next) = next else { return Vec::new() };
        texts = next;
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The node can match the empty text wherever it stands.
fn is_nullable(node: &Node) -> bool {
    match node {
        Node::Empty => true,
        Node::Concat(nodes) => nodes.iter().all(is_nullable),
        Node::Alternation(nodes) => nodes.iter().any(is_nullable),
        Node::Repeat { node, min, .. } => *min == 0 || is_nullable(node),
        Node::Group { node, .. } => is_nullable(node),
        _ => false,
    }
}

/// Whether the node matches depends on what stands around it.
fn has_context(node: &Node) -> bool {
    match node {
        Node::Anchor(_)
        | Node::Look { .. }
        | Node::Atomic(_)
        | Node::BackReference(_)
        | Node::Conditional(..) => true,
        Node::Concat(nodes) | Node::Alternation(nodes) => nodes.iter().any(has_context),
        Node::Repeat { node, .. } | Node::Group { node, .. } => has_context(node),
        Node::Empty | Node::Char(_) | Node::Set(_) => false,
    }
}

fn is_zero_width(node: &Node) -> bool {
    matches!(node, Node::Empty | Node::Anchor(_) | Node::Look { .. })
}

/// A node as the nodes it consists of, one after the other.
fn sequence(node: &Node) -> &[Node] {
    match node {
        Node::Concat(nodes) => nodes,
        other => std::slice::from_ref(other),
    }
}

/// `.*`, with `breaks_allowed` also where the dot stops at line breaks.
fn is_anything(node: &Node, breaks_allowed: bool) -> bool {
    let Node::Repeat { node, min: 0, max: None } = node else { return false };
    let node = if let Node::Group { node, .. } = &**node { node } else { node };
    let Node::Set(Set { may, sure_other: true }) = **node else { return false };
    let missing = !may;
    missing.is_empty() || breaks_allowed && missing == CharSet::of("\n")
}

/// What stands behind `.*` at the beginning of a pattern.
fn behind_anything(node: &Node, breaks_allowed: bool) -> Option<&[Node]> {
    let mut nodes = sequence(node);
    while let [Node::Anchor(Anchor::TextStart), rest @ ..] = nodes {
        nodes = rest;
    }
    match nodes {
        [first, rest @ ..] if is_anything(first, breaks_allowed) => Some(rest),
        _ => None,
    }
}

/// Finds the inside of a group.
fn find(node: &Node, wanted: u32) -> Option<&Node> {
    match node {
        Node::Group { index, node } if *index == wanted => Some(node),
        Node::Group { node, .. }
        | Node::Atomic(node)
        | Node::Repeat { node, .. }
        | Node::Look { node, .. } => find(node, wanted),
        Node::Concat(nodes) | Node::Alternation(nodes) => nodes.iter().find_map(|node| find(node, wanted)),
        Node::Conditional(yes, no) => find(yes, wanted).or_else(|| find(no, wanted)),
        Node::Empty | Node::Char(_) | Node::Set(_) | Node::Anchor(_) | Node::BackReference(_) => None,
    }
}
