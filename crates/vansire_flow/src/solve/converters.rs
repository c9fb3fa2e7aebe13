//! What the patterns of routes let through: the groups of regular expressions.

use vansire_python::Symbol;

use crate::text::CharSet;
use crate::text::regex::{MatchMode, RegexFlags, facts};

/// The converter that a group of a pattern amounts to.
pub(super) fn group_converter(inner: &str) -> Option<Symbol> {
    // One of a few words.
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|one| one.is_ascii_alphanumeric() || matches!(one, b'_' | b'-'))
    };
    let words: Vec<&str> = inner.split('|').collect();
    if words.len() > 1 && words.iter().all(|word| is_word(word)) {
        return Some(Symbol::new(&format!("any({})", words.join(","))));
    }
    let chars = facts(inner, RegexFlags::default())?.proved(MatchMode::FullMatch).chars;
    Some(Symbol::new(if chars.is_subset_of(CharSet::DIGITS.with_other()) {
        "int"
    } else if chars.is_subset_of(CharSet::class("A-Za-z0-9_-").with_other()) {
        "slug"
    } else {
        "path"
    }))
}

/// The groups of a pattern that have no name, each by its converter.
pub(super) fn group_converters(pattern: &str) -> Vec<Option<Symbol>> {
    let mut converters = Vec::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('(') {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 1..];
        if escaped || rest.starts_with('?') {
            continue;
        }
        let mut depth = 1;
        let inner: String = rest
            .chars()
            .take_while(|one| {
                match one {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth > 0
            })
            .collect();
        converters.push(group_converter(&inner));
    }
    converters
}

/// What a pattern in a route lets through: `{id:[0-9]+}`.
pub(super) fn pattern_chars(pattern: &str) -> Option<CharSet> {
    if pattern.chars().all(|one| one.is_ascii_alphanumeric() || one == '_') {
        return None;
    }
    Some(facts(pattern, RegexFlags::default())?.proved(MatchMode::FullMatch).chars)
}

/// Filters of Bottle's routes and types of Sanic's, which stand behind the name: `<id:int>`.
const FILTERS: &[&str] =
    &["int", "float", "number", "path", "str", "string", "strorempty", "alpha", "slug", "uuid", "ymd", "ext"];

/// What stands between `<` and `>` where the name comes first: the name and its converter or pattern. None where
/// the converter comes first, as in Flask and Django.
pub(super) fn name_first(inner: &str) -> Option<(&str, &str)> {
    let (name, filter) = inner.split_once(':')?;
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|one| one.is_alphanumeric() || one == '_');
    if !is_name(name) || FILTERS.contains(&name) {
        return None;
    }
    match filter.strip_prefix("re:") {
        Some(pattern) => Some((name, pattern)),
        None if FILTERS.contains(&filter) || !is_name(filter) => Some((name, filter)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        let names = |pattern: &str| -> Vec<Option<&'static str>> {
            group_converters(pattern).into_iter().map(|one| one.map(Symbol::as_str)).collect()
        };
        assert_eq!(names(r"/slots/([0-9]+)"), [Some("int")]);
        assert_eq!(names(r"/a/(\w+)/(.+)"), [Some("slug"), Some("path")]);
        assert_eq!(names(r"/a/(?:x|y)"), Vec::<Option<&str>>::new());
        assert_eq!(names(r"/a/(x|y)"), [Some("any(x,y)")]);
    }
}
