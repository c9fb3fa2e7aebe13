//! Secrets that are compared by `==`, as far as the names of both sides tell.

use vansire_finding::Confidence;
use vansire_python::ir::{BodyKind, CompareOperator, Expr, ExprKind, Span};
use vansire_python::{ProgramFile, Symbol};

use super::{Inspector, Remark};
use crate::solve::purpose::words;
use crate::solve::timing::SECRETS;
use vansire_python::walk;

const RULE: &str = "timing-unsafe-comparison";

/// A hash may be of anything; of a password it is a secret.
const HASH: &str = "hash";

/// The words of secrets, and the one that may be one.
fn secrets() -> impl Iterator<Item = &'static str> {
    SECRETS.into_iter().chain([HASH])
}

/// Words that tell what somebody brings from what is known to be right.
const SIDES: [&str; 23] = [
    "given",
    "provided",
    "supplied",
    "received",
    "submitted",
    "presented",
    "candidate",
    "incoming",
    "input",
    "request",
    "user",
    "client",
    "header",
    "expected",
    "computed",
    "calculated",
    "actual",
    "stored",
    "known",
    "correct",
    "valid",
    "real",
    "our",
];

/// Words that tell that both sides come from the same hand, or are no secrets.
const OTHERS: [&str; 22] = [
    "confirm",
    "confirmation",
    "again",
    "repeat",
    "repeated",
    "new",
    "old",
    "type",
    "kind",
    "name",
    "id",
    "len",
    "length",
    "count",
    "next",
    "previous",
    "last",
    "first",
    "file",
    "content",
    "cache",
    "cached",
];

/// What code that reads languages mentions: its tokens are no secrets.
const READERS: [&str; 10] =
    ["lexer", "tokenize", "tokenizer", "tokens", "parser", "lex", "parse", "next_token", "advance", "peek"];

impl Inspector<'_> {
    pub(super) fn comparisons(&mut self, file: &ProgramFile) {
        if !self.rules.contains_key(RULE) || file.is_test {
            return;
        }
        for body in &file.ir.bodies {
            let names =
                body.parameters.iter().map(|one| one.name).chain(body.slots.iter().map(|one| one.name));
            let names = names.chain(body.mentions.iter().copied());
            if body.kind != BodyKind::Function || !self.name_secrets(names) {
                continue;
            }
            let mentions = |all: &[&str]| body.mentions.iter().any(|name| all.contains(&name.as_str()));
            let mut found: Vec<(Span, Symbol)> = Vec::new();
            walk::block(&body.block, &mut |one| {
                let ExprKind::Compare(left, others) = &one.kind else { return };
                if let [(CompareOperator::Equal | CompareOperator::NotEqual, right)] = others.as_slice()
                    && let Some((secret, name)) = same_secret(left, right)
                    && !(secret == "token" && mentions(&READERS))
                {
                    found.push((one.span, name));
                }
            });
            for (span, name) in found {
                let message = format!(
                    "the comparison with `{name}` takes the longer the more of it is right: use `hmac.compare_digest`"
                );
                self.report(file, body.qualified_name, span, Remark::new(RULE, message, Confidence::Low));
            }
        }
    }
}

fn may_name_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    secrets().any(|one| lower.contains(one))
}

impl Inspector<'_> {
    /// Whether two of these names may be those of secrets. A name is looked at once.
    fn name_secrets(&mut self, names: impl Iterator<Item = Symbol>) -> bool {
        let known = &mut self.secret_names;
        let is = |name: &Symbol| *known.entry(*name).or_insert_with(|| may_name_secret(name.as_str()));
        names.filter(is).take(2).count() == 2
    }
}

/// Whether both sides are the same kind of secret, one of them what somebody brings or what it should be.
fn same_secret(left: &Expr, right: &Expr) -> Option<(&'static str, Symbol)> {
    let name = |side: &Expr| match &side.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(*name),
        _ => None,
    };
    let (one, two) = (name(left)?, name(right)?);
    let (first, second) = (words(one.as_str()), words(two.as_str()));
    let has = |all: &[&str]| first.iter().chain(&second).any(|word| all.contains(&word.as_str()));
    let secret = secrets().find(|secret| {
        first.last().is_some_and(|word| word == secret) && second.iter().any(|word| word == secret)
            || second.last().is_some_and(|word| word == secret) && first.iter().any(|word| word == secret)
    })?;
    if secret == HASH && !has(&["password", "token", "secret", "key", "hmac"]) {
        return None;
    }
    // A constant of a class is the name of a kind.
    let is_constant = |name: Symbol| name.as_str().chars().all(|one| !one.is_lowercase());
    (has(&SIDES) && !has(&OTHERS) && !is_constant(one) && !is_constant(two)).then_some((secret, two))
}
