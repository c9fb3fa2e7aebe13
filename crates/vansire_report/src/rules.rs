//! The rules themselves: the list of them, and the page of one.

use std::fmt::Write;

use anstyle::Style;
use serde_json::json;
use vansire_finding::RuleMetadata;

use crate::json::pretty;
use crate::layout::wrap;

const BOLD: Style = Style::new().bold();

/// How a rule or a list is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    pub color: bool,
}

impl Look {
    fn bold(self, text: &str) -> String {
        if self.color { format!("{BOLD}{text}{BOLD:#}") } else { text.to_owned() }
    }
}

/// The rules by area, one a line.
pub fn list(rules: &[&RuleMetadata], look: Look) -> String {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| (rule.area, rule.name));
    let longest = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let longest_severity = "critical".len();
    let mut text = String::new();
    let mut area = "";
    for rule in rules {
        if rule.area != area {
            if !area.is_empty() {
                text.push('\n');
            }
            area = rule.area;
            let _ = writeln!(text, "{}", look.bold(area));
        }
        let head = format!("  {:longest$}  {:longest_severity$}  ", rule.name, rule.severity.as_str());
        let room = look.width.saturating_sub(head.len()).max(20);
        for (index, line) in wrap(rule.summary, room).into_iter().enumerate() {
            let start = if index == 0 { head.clone() } else { " ".repeat(head.len()) };
            let _ = writeln!(text, "{start}{line}");
        }
    }
    text
}

/// The rules for programs: a JSON array without the pages.
pub fn list_json(rules: &[&RuleMetadata]) -> String {
    let entries: Vec<_> = rules.iter().map(|rule| entry(rule)).collect();
    pretty(&entries)
}

/// What there is to know about a rule. The page is Markdown, which reads well as it is; on a
/// terminal its headings stand out.
pub fn page(rule: &RuleMetadata, look: Look) -> String {
    let mut text = String::new();
    let (_, body) = rule.page.split_once('\n').unwrap_or(("", rule.page));
    let _ = writeln!(text, "{}: {}", look.bold(rule.name), rule.summary);
    let mut facts = format!(
        "severity {}, CWE-{}, OWASP {}, area {}",
        rule.severity.as_str(),
        rule.cwe,
        rule.owasp,
        rule.area
    );
    if !rule.aliases.is_empty() {
        let _ = write!(facts, ", elsewhere {}", rule.aliases.join(", "));
    }
    for line in wrap(&facts, look.width) {
        let _ = writeln!(text, "{line}");
    }
    let mut in_code = false;
    for line in body.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if in_code || line.starts_with("```") || line.trim().is_empty() || line.starts_with('|') {
            let _ = writeln!(text, "{line}");
        } else if line.starts_with('#') {
            let _ = writeln!(text, "{}", look.bold(line));
        } else {
            let indent = line.strip_prefix("- ").map_or("", |_| "  ");
            for (index, part) in wrap(line, look.width.saturating_sub(2).max(20)).into_iter().enumerate() {
                let _ = writeln!(text, "{}{part}", if index == 0 { "" } else { indent });
            }
        }
    }
    text
}

/// A rule for programs, with its page.
pub fn page_json(rule: &RuleMetadata) -> String {
    let mut value = entry(rule);
    value["page"] = json!(rule.page);
    pretty(&value)
}

fn entry(rule: &RuleMetadata) -> serde_json::Value {
    json!({
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity,
        "cwe": [rule.cwe],
        "owasp": rule.owasp,
        "area": rule.area,
        "aliases": rule.aliases,
    })
}

#[cfg(test)]
mod tests {
    use super::{Look, list, page};
    use crate::layout::width;
    use crate::samples;

    const LOOK: Look = Look { width: 80, color: false };

    #[test]
    fn rules_are_listed_by_area() {
        let text = list(&samples::report().rules, LOOK);
        let expected = "cryptography\n  weak-hash      medium    A broken hash function is used\n\ninjection\n  \
                        sql-injection  high      Attacker-controlled text becomes part of an SQL\n                           statement\n";
        assert_eq!(text, expected);
        assert!(text.lines().all(|line| width(line) <= 80));
    }

    #[test]
    fn a_page_begins_with_the_facts() {
        let text = page(samples::report().rules[0], LOOK);
        assert!(text.starts_with("sql-injection: Attacker"), "{text}");
        assert!(
            text.contains("severity high, CWE-89, OWASP A03:2021, area injection, elsewhere B608, S608\n")
        );
        assert!(text.contains("\n## What it finds\n"));
    }
}
