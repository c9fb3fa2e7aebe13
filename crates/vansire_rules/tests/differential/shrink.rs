//! Makes a program that shows a miss smaller, while it still shows one.

use vansire_flow::model::ModelSet;

use super::execute::Interpreter;
use super::misses;

/// Tokens are taken away at most this often before lines are tried again.
const ROUNDS: usize = 40;

pub fn shrink(text: &str, models: &ModelSet, interpreter: &mut Interpreter) -> String {
    let mut best = text.to_owned();
    let mut shows = |candidate: &str| {
        let execution = interpreter.execute(candidate);
        execution.valid && !execution.reached.is_empty() && !misses(candidate, &execution, models).is_empty()
    };
    let mut before = usize::MAX;
    while best.len() < before {
        before = best.len();
        let mut size = before;
        loop {
            best = without_lines(best, &mut shows);
            if best.len() == size {
                break;
            }
            size = best.len();
        }
        for _ in 0..ROUNDS {
            let Some(smaller) = without_tokens(&best).into_iter().find(|candidate| shows(candidate)) else {
                break;
            };
            best = smaller;
        }
    }
    best
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Without lines that aren't needed: each with what stands below it, or what stands below it moved out.
fn without_lines(text: String, shows: &mut impl FnMut(&str) -> bool) -> String {
    let mut best: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut at = 0;
    while at < best.len() {
        let inside =
            best[at + 1..].iter().take_while(|inner| indentation(inner) > indentation(&best[at])).count();
        let (before, behind) = (&best[..at], &best[at + 1 + inside..]);
        // `try` with all its handlers, `if` with all its branches.
        let further = behind
            .iter()
            .take_while(|next| {
                indentation(next) > indentation(&best[at])
                    || indentation(next) == indentation(&best[at])
                        && ["else", "elif", "except", "finally"]
                            .iter()
                            .any(|word| next.trim().starts_with(word))
            })
            .count();
        let moved: Vec<String> = best[at + 1..=at + inside]
            .iter()
            .map(|inner| inner[4.min(indentation(inner))..].to_owned())
            .collect();
        let pass = vec![format!("{}pass", " ".repeat(indentation(&best[at])))];
        let replacements = if inside > 0 { vec![vec![], moved] } else { vec![vec![], pass] };
        let mut candidates: Vec<Vec<String>> = Vec::new();
        if further > 0 {
            candidates.push([before, &behind[further..]].concat());
            candidates.push([before, &replacements[1], &behind[further..]].concat());
        }
        candidates.extend(replacements.iter().map(|replacement| [before, replacement, behind].concat()));
        let smaller =
            candidates.into_iter().find(|lines| *lines != best && shows(&(lines.join("\n") + "\n")));
        match smaller {
            Some(lines) => {
                at += usize::from(lines.len() == best.len());
                best = lines;
            }
            None => at += 1,
        }
    }
    best.join("\n") + "\n"
}

/// Without some tokens of a line.
fn without_tokens(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut result = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.starts_with("from marks") || line.trim() == "pass" {
            continue;
        }
        let tokens = tokens(line);
        for size in (1..tokens.len()).rev() {
            for start in 0..=tokens.len() - size {
                let (from, to) = (tokens[start].0, tokens[start + size - 1].1);
                let mut all = lines.clone();
                let shorter = format!("{}{}", &line[..from], &line[to..]);
                all[at] = shorter.trim_end();
                result.push(all.join("\n") + "\n");
            }
        }
    }
    // What is far smaller first.
    result.sort_by_key(String::len);
    result
}

/// Where the tokens of a line stand.
fn tokens(line: &str) -> Vec<(usize, usize)> {
    let mut result: Vec<(usize, usize)> = Vec::new();
    let mut characters = line.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        if character == ' ' {
            continue;
        }
        let mut end = start + character.len_utf8();
        if character.is_alphanumeric() || character == '_' {
            while let Some(&(at, next)) = characters.peek() {
                if !next.is_alphanumeric() && next != '_' {
                    break;
                }
                end = at + next.len_utf8();
                characters.next();
            }
        } else if character == '"' {
            for (at, next) in characters.by_ref() {
                end = at + next.len_utf8();
                if next == '"' {
                    break;
                }
            }
        }
        result.push((start, end));
    }
    result
}
