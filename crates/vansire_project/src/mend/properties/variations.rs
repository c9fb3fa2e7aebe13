//! The same program in other forms.

/// How many forms there are.
pub const VARIATIONS: usize = 22;

/// Numbers that are the same each time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// The program in one of the forms; none where that isn't possible.
pub fn vary(text: &str, kind: usize) -> Option<String> {
    // In a string of several lines, lines mean something else.
    if text.contains("\"\"\"") && !matches!(kind, 4 | 12 | 13) {
        return None;
    }
    let unix = text.replace("\r\n", "\n");
    let varied = match kind {
        0 => format!("def wrapper_():\n{}", indented(&unix, "    ")),
        1 => format!("class Wrapper_:\n    def method_(self):\n{}", indented(&unix, "        ")),
        2 => format!("if True:\n{}", indented(&unix, "    ")),
        3 => each_line(&unix, |line| {
            let width = line.len() - line.trim_start_matches(' ').len();
            format!("{}{}{}", "\t".repeat(width / 4), " ".repeat(width % 4), &line[width..])
        }),
        4 => unix.replace('\n', "\r\n"),
        5 => statements(&unix, |indent, statement| format!("{indent}größe_ = \"😀\"; {statement}")),
        6 => statements(&unix, |indent, statement| {
            format!("{indent}{}; größe_ = 1", without_comment(statement))
        }),
        7 => each_line(&unix, |line| {
            if line.trim().is_empty() || line.ends_with('\\') {
                line.to_owned()
            } else {
                format!("{line}  # größe, 'ä' (1)")
            }
        }),
        8 => calls(&unix, "  # one, (a)\n            ", "  # two\n            ", ""),
        9 => calls(&unix, "", " ", ","),
        10 => imports(
            &unix,
            |module, _| format!("import {module} as {module}_alias"),
            |module, name| format!("{module}_alias.{name}"),
        )?,
        11 => imports(&unix, from_import(" as "), |_, name| format!("{name}_alias"))?,
        12 => format!("\"\"\"What it is.\n\nAnd more.\n\"\"\"\nfrom __future__ import annotations\n\n{unix}"),
        13 => format!(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import hmac\n    import html\n    import secrets\n\n{unix}"
        ),
        14 => unix.trim_end_matches('\n').to_owned(),
        15 => format!("@staticmethod\ndef first_():\n    pass\n\n\n{unix}"),
        16 => assignments(&unix, |value| format!("[{value} for _ in range(1)][0]")),
        17 => assignments(&unix, |value| format!("{value} if True else None")),
        18 => assignments(&unix, |value| format!("\\\n        {value}")),
        19 => format!("#!/usr/bin/env python3\n# coding: utf-8\n# größe\n\n{unix}"),
        20 => format!("{unix}\n\ndef other_(secrets, hmac, html, json):\n    return secrets\n"),
        _ => calls(&unix, "\n            ", "\n            ", ",\n        "),
    };
    (varied != text).then_some(if text.contains("\r\n") {
        varied.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        varied
    })
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.split('\n').map(change).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str, by: &str) -> String {
    each_line(text, |line| if line.trim().is_empty() { line.to_owned() } else { format!("{by}{line}") })
}

fn without_comment(line: &str) -> &str {
    line.split("  #").next().unwrap_or(line).trim_end()
}

/// Changes the lines that are a statement of their own.
fn statements(text: &str, change: impl Fn(&str, &str) -> String) -> String {
    let mut depth = 0_i32;
    let mut continued = false;
    let lines = text.split('\n').map(|line| {
        let is_start = depth == 0 && !continued;
        depth += balance(line);
        continued = line.ends_with('\\');
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let bare = without_comment(code);
        let is_simple = is_start
            && depth == 0
            && !continued
            && !bare.is_empty()
            && !bare.ends_with(':')
            && !bare.starts_with(['@', '#'])
            && !["else", "elif", "except", "finally", "def ", "class ", "from __future__"]
                .iter()
                .any(|word| bare.starts_with(word))
            && !bare.contains(": ");
        if is_simple { change(indent, code) } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Changes the values of assignments to one name.
fn assignments(text: &str, change: impl Fn(&str) -> String) -> String {
    statements(text, |indent, statement| {
        let bare = without_comment(statement);
        let comment = &statement[bare.len()..];
        match bare.split_once(" = ") {
            Some((name, value))
                if name.chars().all(|one| one.is_alphanumeric() || one == '_') && !value.contains(';') =>
            {
                format!("{indent}{name} = {}{comment}", change(value))
            }
            _ => format!("{indent}{statement}"),
        }
    })
}

fn balance(line: &str) -> i32 {
    let mut balance = 0;
    scan(line, &mut |_, character, in_code| {
        if in_code {
            balance += match character {
                '(' | '[' | '{' => 1,
                ')' | ']' | '}' => -1,
                _ => 0,
            };
        }
    });
    balance
}

/// Goes over a text and says of each character whether it is code.
fn scan(text: &str, see: &mut dyn FnMut(usize, char, bool)) {
    let mut quote = None;
    let mut comment = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        let in_code = quote.is_none() && !comment;
        match (quote, character) {
            (_, '\n') => {
                comment = false;
                quote = None;
            }
            _ if comment => {}
            (Some(_), _) if escaped => {
                escaped = false;
                see(at, character, false);
                continue;
            }
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '#') => comment = true,
            _ => {}
        }
        see(at, character, in_code && quote.is_none() && !comment);
    }
}

const KEYWORDS: [&str; 12] =
    ["and", "assert", "await", "elif", "except", "if", "import", "in", "not", "or", "return", "while"];

/// Puts something behind the opening bracket and behind the commas of calls, and before the closing bracket.
fn calls(text: &str, open: &str, comma: &str, close: &str) -> String {
    let mut result = String::new();
    // Of each bracket, whether it is that of a call, and where it stands.
    let mut brackets: Vec<(bool, usize)> = Vec::new();
    let mut definition = false;
    scan(text, &mut |at, character, in_code| {
        if !in_code {
            result.push(character);
            return;
        }
        let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start();
        if brackets.is_empty() {
            definition = line.starts_with("def ") || line.starts_with("class ") || line.starts_with("from ");
        }
        match character {
            '(' => {
                let before = &text[..at];
                let word = before
                    .rsplit(|one: char| !one.is_alphanumeric() && one != '_')
                    .next()
                    .unwrap_or_default();
                let is_call = !definition
                    && !KEYWORDS.contains(&word)
                    && (before
                        .ends_with(|one: char| one.is_alphanumeric() || matches!(one, '_' | ')' | ']')))
                    && !text[at + 1..].starts_with(')');
                brackets.push((is_call, at));
                result.push(character);
                if is_call {
                    result.push_str(open);
                }
            }
            '[' | '{' => {
                brackets.push((false, at));
                result.push(character);
            }
            ')' | ']' | '}' => {
                if let Some((true, start)) = brackets.pop() {
                    let inner = &text[start..at];
                    if !inner.contains(" for ") && !inner.trim_end().ends_with(',') && !inner.contains('#') {
                        result.push_str(close);
                    }
                }
                result.push(character);
            }
            ',' => {
                result.push(character);
                if brackets.last().is_some_and(|(is_call, _)| *is_call)
                    && !text[at + 1..].starts_with(['\n', ')'])
                {
                    result.push_str(comma);
                }
            }
            _ => result.push(character),
        }
    });
    result
}

fn from_import(word: &'static str) -> impl Fn(&str, &[&str]) -> String {
    move |module, names| {
        let names: Vec<String> = names.iter().map(|name| format!("{name}{word}{name}_alias")).collect();
        format!("from {module} import {}", names.join(", "))
    }
}

/// Changes `import module` and the uses of it.
fn imports(
    text: &str,
    statement: impl Fn(&str, &[&str]) -> String,
    using: impl Fn(&str, &str) -> String,
) -> Option<String> {
    let mut result = text.to_owned();
    let mut changed = false;
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("import "))
        .map(without_comment)
        .filter(|module| module.chars().all(|one| one.is_alphanumeric() || one == '_'))
        .collect();
    for module in modules {
        let is_word = |one: char| one.is_alphanumeric() || matches!(one, '_' | '.' | '"' | '\'');
        let uses: Vec<(usize, usize)> = result
            .match_indices(module)
            .filter(|(at, _)| {
                !result[..*at].ends_with(is_word)
                    && !result[at + module.len()..]
                        .starts_with(|one: char| one.is_alphanumeric() || one == '_')
            })
            .map(|(at, found)| (at, at + found.len()))
            .collect();
        let mut names = Vec::new();
        let mut places = Vec::new();
        let mut is_plain = true;
        for (start, end) in uses {
            if result[..start].ends_with("import ") {
                continue;
            }
            let Some(rest) = result[end..].strip_prefix('.') else {
                is_plain = false;
                break;
            };
            let length = rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len());
            names.push(&rest[..length]);
            places.push((start, end + 1 + length));
        }
        if !is_plain || names.is_empty() {
            continue;
        }
        let mut new = result.clone();
        for ((start, end), name) in places.iter().zip(&names).rev() {
            new.replace_range(*start..*end, &using(module, name));
        }
        names.sort_unstable();
        names.dedup();
        let old = format!("import {module}\n");
        let imported = format!("{}\n", statement(module, &names));
        let at = if new.starts_with(&old) { 0 } else { new.find(&format!("\n{old}"))? + 1 };
        new.replace_range(at..at + old.len(), &imported);
        result = new;
        changed = true;
    }
    changed.then_some(result)
}
