//! Characters that don't show, or look like others.

use vansire_finding::{Confidence, Severity};
use vansire_python::ir::Span;
use vansire_python::walk;
use vansire_python::{ProgramFile, Symbol};

use super::{Inspector, Remark};

const ORDER: &str = "bidirectional-characters";
const CONFUSABLE: &str = "confusable-identifier";

/// The invisible copy of ASCII behind it says whose flag it is.
const FLAG: char = '\u{1f3f4}';

/// Cyrillic and Greek letters that look like Latin ones.
const LOOK_ALIKE: &str = "аеорсухіјѕԁһӏԛԝАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧορνυκ";

impl Inspector<'_> {
    pub(super) fn characters(&mut self, file: &ProgramFile) {
        let text = file.source.text.as_str();
        if text.is_ascii() || !self.rules.contains_key(ORDER) && !self.rules.contains_key(CONFUSABLE) {
            return;
        }
        let module = file.ir.bodies[0].qualified_name;
        let mut found: Vec<(Span, Remark)> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if !line.is_ascii()
                && let Some((at, one)) = line
                    .char_indices()
                    .find(|(_, one)| reorders(*one) || is_hidden(*one) && !line.contains(FLAG))
            {
                let span = span(start + at, one.len_utf8());
                let name = u32::from(one);
                let message = if reorders(one) {
                    format!("the character U+{name:04X} makes the line read otherwise than it runs")
                } else {
                    format!("the character U+{name:04X} stands in the line and doesn't show")
                };
                let needed = line.chars().any(is_right_to_left);
                let confidence = if needed { Confidence::Low } else { Confidence::High };
                found.push((span, Remark::new(ORDER, message, confidence)));
            }
            start += line.len();
        }
        self.confusable(file, text, &mut found);
        for (span, remark) in found {
            self.report(file, module, span, remark);
        }
    }

    /// Names of Latin letters with some of other scripts among them.
    fn confusable(&self, file: &ProgramFile, text: &str, found: &mut Vec<(Span, Remark)>) {
        if !self.rules.contains_key(CONFUSABLE) || !text.chars().any(|one| LOOK_ALIKE.contains(one)) {
            return;
        }
        let mut names: Vec<Symbol> = Vec::new();
        for body in &file.ir.bodies {
            names.push(body.name);
            names.extend(&body.mentions);
            names.extend(body.slots.iter().map(|one| one.name));
            names.extend(body.global_writes.iter());
        }
        names.sort_unstable_by_key(|name| name.as_str());
        names.dedup();
        let all = names.clone();
        for name in names {
            let name = name.as_str();
            let Some(other) = name.chars().find(|one| LOOK_ALIKE.contains(*one)) else { continue };
            // A word of another language may stand beside one of Latin letters.
            let mixed = name.split('_').any(|word| {
                word.chars().any(|one| LOOK_ALIKE.contains(one))
                    && word.chars().any(|one| one.is_ascii_alphabetic())
            });
            if let (true, Some(at)) = (mixed, text.find(name)) {
                let message = format!(
                    "`{other}` (U+{:04X}) in the name `{name}` looks like a Latin letter",
                    u32::from(other)
                );
                // `ρmax` is a name of physics, as long as nothing is called `pmax` as well.
                let latin: String = name.chars().map(latin).collect();
                let is_greek = ('\u{370}'..='\u{3ff}').contains(&other);
                let twin = is_builtin(&latin) || all.iter().any(|one| one.as_str() == latin);
                let confidence = if is_greek && !twin { Confidence::Low } else { Confidence::High };
                found.push((span(at, name.len()), Remark::new(CONFUSABLE, message, confidence)));
            }
        }
    }

    /// Options that their own names warn of, switched on.
    pub(super) fn dangerous_options(&mut self, id: vansire_python::FileId, file: &ProgramFile) {
        use vansire_python::ir::{ArgumentKind, ExprKind};
        const RULE: &str = "dangerous-option-enabled";
        let warns = |name: Symbol| {
            ["allow_dangerous_", "dangerously_", "allow_unsafe_"]
                .iter()
                .any(|start| name.as_str().starts_with(start))
        };
        for body in &file.ir.bodies {
            if !body.mentions.iter().any(|name| warns(*name)) {
                continue;
            }
            let lookup = super::by_default::ByDefault::new(self.program, self.models);
            let mut found: Vec<(Span, Symbol)> = Vec::new();
            walk::block(&body.block, &mut |one| {
                let ExprKind::Call(call) = &one.kind else { return };
                for argument in &call.arguments {
                    if let ArgumentKind::Keyword(name) = argument.kind
                        && warns(name)
                        && lookup.value(id, body, &argument.value)
                            == Some(super::by_default::Known::Boolean(true))
                    {
                        found.push((one.span, name));
                    }
                }
            });
            for (span, name) in found {
                let message = format!("`{name}` allows what the library warns of");
                let remark = Remark {
                    severity: Some(Severity::Medium),
                    ..Remark::new(RULE, message, Confidence::Medium)
                };
                self.report(file, body.qualified_name, span, remark);
            }
        }
    }
}

/// The Latin letter that one looks like.
fn latin(one: char) -> char {
    const LATIN: &str = "aeopcyxijsdhlqwABEKMHOPCTYXIJSABEZHIKMNOPTYXopvuk";
    LOOK_ALIKE.chars().position(|own| own == one).and_then(|at| LATIN.chars().nth(at)).unwrap_or(one)
}

/// Names whose twin somebody would want.
fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "open"
            | "print"
            | "input"
            | "eval"
            | "exec"
            | "compile"
            | "super"
            | "type"
            | "hash"
            | "id"
            | "len"
            | "int"
            | "str"
            | "bool"
            | "any"
            | "all"
            | "iter"
            | "next"
            | "vars"
            | "zip"
            | "map"
            | "set"
            | "sum"
            | "min"
            | "max"
            | "isinstance"
    )
}

fn span(start: usize, length: usize) -> Span {
    Span { start: start as u32, end: (start + length) as u32 }
}

/// Whether a character changes the order in which others are shown.
fn reorders(one: char) -> bool {
    matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character stands for nothing and doesn't show: the fillers that Python takes for letters, and the
/// invisible copy of ASCII.
fn is_hidden(one: char) -> bool {
    matches!(one, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{e0001}' | '\u{e0020}'..='\u{e007e}')
}

fn is_right_to_left(one: char) -> bool {
    matches!(one, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}
