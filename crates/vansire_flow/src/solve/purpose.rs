//! What a value is made for, as far as the names around it tell.

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, BodyKind, Constant, Expr, ExprKind, Span, Stmt, StmtKind, Target, TargetKind,
};
use vansire_python::walk;

use super::Solver;
use super::kept::names_of_uses;
use super::place::contains;
use crate::domain::BodyIndex;

/// Words for what nobody may guess.
const SECRET_WORDS: [&str; 30] = [
    "token",
    "tokens",
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "otp",
    "totp",
    "pin",
    "nonce",
    "salt",
    "csrf",
    "xsrf",
    "captcha",
    "credential",
    "credentials",
    "sessionid",
    "sid",
    "apikey",
    "authcode",
    "passcode",
    "iv",
    "jti",
    "cookie",
    "invitation",
    "voucher",
    "rememberme",
];

/// Words that make a secret only next to one of the others.
const SECRET_PAIRS: [(&str, &[&str]); 4] = [
    (
        "key",
        &[
            "api",
            "secret",
            "private",
            "encryption",
            "session",
            "signing",
            "access",
            "auth",
            "master",
            "crypto",
        ],
    ),
    ("id", &["session"]),
    // What a browser shows instead of a password, the next time.
    ("me", &["remember"]),
    (
        "code",
        &[
            "time",
            "verification",
            "reset",
            "auth",
            "authorization",
            "login",
            "invite",
            "confirmation",
            "activation",
            "recovery",
            "access",
        ],
    ),
];

/// Whether a name tells that what has it must not be guessed: `reset_token`, `sessionId`.
pub(crate) fn names_secret(name: &str) -> bool {
    let words = words(name);
    // The name of a key isn't the key: it stands in what anybody may read.
    if matches!(words.as_slice(), [.., key, id] if matches!(key.as_str(), "key" | "keys") && matches!(id.as_str(), "id" | "ids"))
    {
        return false;
    }
    // A code that isn't said to be of something else is one to type in.
    matches!(words.as_slice(), [word] if word == "code")
        || words.iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
        || SECRET_PAIRS.iter().any(|(word, others)| {
            words.iter().any(|one| one == word) && words.iter().any(|one| others.contains(&one.as_str()))
        })
}

/// So many of the words below are passwords and their like.
const PASSWORD_WORDS: usize = 7;

/// Words for what a digest protects: who finds a collision gains something.
const PROTECTION_WORDS: [&str; 25] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "sign",
    "signs",
    "signed",
    "signature",
    "signatures",
    "signing",
    "hmac",
    "mac",
    "auth",
    "authenticate",
    "authentication",
    "authorize",
    "credential",
    "credentials",
    "certificate",
    "cert",
    "integrity",
    "challenge",
];

/// Words for what a digest is only a name of.
const IDENTITY_WORDS: [&str; 39] = [
    "cache",
    "cached",
    "caching",
    "etag",
    "etags",
    "key",
    "keys",
    "id",
    "ids",
    "uid",
    "guid",
    "uuid",
    "identifier",
    "identity",
    "unique",
    "filename",
    "path",
    "name",
    "url",
    "fingerprint",
    "fingerprints",
    "avatar",
    "gravatar",
    "color",
    "colour",
    "bucket",
    "shard",
    "index",
    "version",
    "slug",
    "seed",
    "deduplicate",
    "dedupe",
    "group",
    "grouping",
    "revision",
    "label",
    "event",
    "issue",
];

/// Whether a name tells that what has it is a password or a key.
pub(super) fn names_password(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| PROTECTION_WORDS[..PASSWORD_WORDS].contains(&word.as_str()))
        || words.iter().any(|word| word == "key")
            && words
                .iter()
                .any(|word| matches!(word.as_str(), "private" | "encryption" | "signing" | "secret"))
}

/// Whether a name tells that something is protected by what has it.
pub(super) fn names_protection(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| PROTECTION_WORDS.contains(&word.as_str())) || names_password(name)
}

/// Whether a name tells that what has it only tells things apart.
pub(super) fn names_identity(name: &str) -> bool {
    words(name).iter().any(|word| IDENTITY_WORDS.contains(&word.as_str()))
}

/// The words of `snake_case` and `camelCase`, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for one in name.chars() {
        let begins = !one.is_alphanumeric() || one.is_uppercase() && before_lower;
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        before_lower = one.is_lowercase();
        if one.is_alphanumeric() {
            word.extend(one.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

impl Solver<'_> {
    /// Whether what a call gives is kept, passed or returned under the name of a secret.
    pub(super) fn is_for_secret(&self, body: BodyIndex, span: Span) -> bool {
        let mut names = self.names_around(body, span);
        names_of_uses(&self.body(body).1.block, span, &mut names);
        names.iter().any(|name| names_secret(name.as_str()))
    }

    /// Names under which what a call gives is kept, passed or returned.
    pub(super) fn names_around(&self, body: BodyIndex, span: Span) -> Vec<Symbol> {
        let (mut names, classes) = self.names_and_classes_around(body, span);
        names.extend(classes);
        names
    }

    /// The same, with the names of the classes around apart: they tell less.
    pub(super) fn names_and_classes_around(&self, body: BodyIndex, span: Span) -> (Vec<Symbol>, Vec<Symbol>) {
        let (_, ir) = self.body(body);
        let mut names = Vec::new();
        let mut classes = Vec::new();
        names_in_block(&ir.block, span, &mut names);
        // What a function makes is what its name says; so is what a lambda or an inner function helps to make.
        let mut at = Some(body);
        while let Some(index) = at {
            let (_, own) = self.body(index);
            if own.parent.is_none() {
                break;
            }
            let kept = if own.kind == BodyKind::Class { &mut classes } else { &mut names };
            kept.push(own.name);
            at = self.parent(index);
        }
        (names, classes)
    }
}

fn names_in_block(block: &[Stmt], span: Span, names: &mut Vec<Symbol>) {
    let Some(statement) = block.iter().find(|statement| contains(statement.span, span)) else { return };
    let mut see = |expression: &Expr| names_in(expression, span, names);
    match &statement.kind {
        StmtKind::Assign { targets, value, .. } => {
            see(value);
            if contains(value.span, span) {
                for target in targets {
                    names_of_target(target, names);
                }
            }
        }
        StmtKind::AugmentedAssign { target, value, .. } => {
            see(value);
            names_of_target(target, names);
        }
        StmtKind::Expr(value) | StmtKind::Return(Some(value)) => see(value),
        _ => walk::blocks(statement, &mut |inner| names_in_block(inner, span, names)),
    }
}

pub(super) fn names_of_target(target: &Target, names: &mut Vec<Symbol>) {
    match &target.kind {
        TargetKind::Name(_, name) | TargetKind::Attribute(_, name) => names.push(*name),
        TargetKind::Subscript(_, index) => names.extend(text_of(index)),
        TargetKind::Sequence(targets) => {
            for target in targets {
                names_of_target(target, names);
            }
        }
        TargetKind::Starred(target) => names_of_target(target, names),
        TargetKind::Invalid => {}
    }
}

pub(crate) fn text_of(expression: &Expr) -> Option<Symbol> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(Symbol::new(text)),
        _ => None,
    }
}

/// Keywords, keys and functions on the way down to a place.
fn names_in(expression: &Expr, span: Span, names: &mut Vec<Symbol>) {
    if !contains(expression.span, span) {
        return;
    }
    match &expression.kind {
        ExprKind::Call(call) => {
            names_in(&call.callee, span, names);
            for argument in &call.arguments {
                if contains(argument.value.span, span) {
                    names_in(&argument.value, span, names);
                    match &call.callee.kind {
                        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => names.push(*name),
                        _ => {}
                    }
                    if let ArgumentKind::Keyword(name) = argument.kind {
                        names.push(name);
                    }
                }
            }
        }
        ExprKind::Dict(entries) => {
            for (key, value) in entries {
                if contains(value.span, span) {
                    names.extend(key.as_ref().and_then(text_of));
                    names_in(value, span, names);
                }
            }
        }
        ExprKind::Named(_, name, value) => {
            names_in(value, span, names);
            names.push(*name);
        }
        _ => walk::children(expression, &mut |one| names_in(one, span, names)),
    }
}

#[cfg(test)]
mod tests {
    use super::names_secret;

    #[test]
    fn names() {
        for name in [
            "reset_token",
            "sessionId",
            "SECRET_KEY",
            "apiKey",
            "one_time_code",
            "csrf",
            "OTP",
            "pin",
            "code",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in
            ["cache_key", "id", "spinner", "tokenize", "status_code", "keyboard", "opinion", "delay", ""]
        {
            assert!(!names_secret(name), "{name}");
        }
    }
}
