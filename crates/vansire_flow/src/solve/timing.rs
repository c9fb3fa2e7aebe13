//! Secrets that are compared with data in a time that depends on how much of it is right.

use vansire_python::Symbol;
use vansire_python::ir::{Expr, ExprKind, Span, StmtKind, TargetKind, Variable};

use super::place::names_within;
use super::purpose::{text_of, words};
use super::{Frame, Solver};
use crate::domain::{Origin, Value};
use crate::text::SinkKind;

/// Words of the names of what is only good as long as nobody can guess it.
pub(crate) const SECRETS: [&str; 11] = [
    "signature",
    "hmac",
    "mac",
    "secret",
    "token",
    "csrf",
    "password",
    "passwd",
    "apikey",
    "passphrase",
    "otp",
];

/// Of what is computed only where data is compared with it: two digests of the same file are no secrets.
const COMPUTED: [&str; 2] = ["digest", "hexdigest"];

fn is_secret(word: &str) -> bool {
    SECRETS.contains(&word) || COMPUTED.contains(&word)
}

impl<'p> Solver<'p> {
    /// `signature == expected`: one side is data, the other a secret by its name or by how it was made.
    pub(super) fn secret_compared(
        &mut self,
        frame: &mut Frame<'p>,
        left: (&'p Expr, &Value),
        right: (&'p Expr, &Value),
        span: Span,
    ) {
        for ((data_is, data), (secret_is, secret)) in [(left, right), (right, left)] {
            // Two texts of the same request tell nobody anything new.
            let given = |value: &Value| {
                value.own_labels().iter().any(|label| matches!(label.origin, Origin::Source(_)))
            };
            if !data.has_labels() || given(secret) || secret.is_constant() {
                continue;
            }
            let named = names_secret(secret_is)
                && !matches!(data_is.kind, ExprKind::Constant(_))
                // Of two parameters of one kind nobody knows which is the secret.
                && !(secret.has_labels() && speaks_of_secret(data_is));
            if named || Self::is_made_by_hmac(frame, secret_is) {
                self.sink(frame, SinkKind::Comparison, data, span, Symbol::new("=="));
                return;
            }
        }
    }

    /// `hmac.new(…).hexdigest()`, here or where the variable was set.
    fn is_made_by_hmac(frame: &Frame<'p>, expression: &Expr) -> bool {
        if !frame.ir.mentions.iter().any(|name| name.as_str() == "hmac") {
            return false;
        }
        if makes_digest(expression) {
            return true;
        }
        let ExprKind::Name(Variable::Local(slot), _) = expression.kind else { return false };
        frame.ir.block.iter().any(|statement| match &statement.kind {
            StmtKind::Assign { targets, value, .. } => makes_digest(value)
                && targets.iter().any(
                    |target| matches!(target.kind, TargetKind::Name(Variable::Local(own), _) if own == slot),
                ),
            _ => false,
        })
    }
}

fn makes_digest(expression: &Expr) -> bool {
    if !matches!(expression.kind, ExprKind::Call(_) | ExprKind::Binary(..) | ExprKind::Interpolated(_)) {
        return false;
    }
    let mut names = Vec::new();
    names_within(expression, &mut names);
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    has(&["hmac"]) && has(&["digest", "hexdigest"])
}

/// Whether a name has the word of a secret anywhere: `password_again`.
fn speaks_of_secret(expression: &Expr) -> bool {
    let mut names = Vec::new();
    names_within(expression, &mut names);
    names
        .iter()
        .flat_map(|name| words(name.as_str()))
        .any(|word| is_secret(word.trim_end_matches(|one: char| one.is_ascii_digit())))
}

/// Whether the last word of a name is that of a secret: not that of `token_type`.
fn names_secret(expression: &Expr) -> bool {
    let name = match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => *name,
        ExprKind::Subscript(_, index) => match text_of(index) {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    if let ExprKind::Attribute(base, _) = &expression.kind
        && let ExprKind::Name(_, base) | ExprKind::Attribute(_, base) = &base.kind
        && base.as_str().starts_with(|one: char| one.is_uppercase())
    {
        // A column, not what stands in it.
        return false;
    }
    // `password2` is one, too.
    let words = words(name.as_str().trim_end_matches(|one: char| one.is_ascii_digit()));
    let Some(last) = words.last() else { return false };
    is_secret(last)
        || last == "key"
            && words.iter().any(|word| matches!(word.as_str(), "api" | "secret" | "access" | "private"))
}
