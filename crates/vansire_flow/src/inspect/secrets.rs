//! Secrets that stand in the code: literals that are kept, passed or compared under the name of a secret.

use vansire_finding::Confidence;
use vansire_python::ir::{
    ArgumentKind, Body, BodyKind, CompareOperator, Constant, Expr, ExprKind, Span, StmtKind, Target,
    TargetKind,
};
use vansire_python::{FileId, ProgramFile, Symbol};

use super::by_default::{ByDefault, Known};
use super::settings::is_for_development;
use super::{Inspector, Remark, imports};
use crate::solve::purpose::words;
use vansire_python::walk;

const RULE: &str = "hardcoded-secret";

/// Words that say that something is kept from others.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "passwort",
    "secretkey",
    "authtoken",
    "accesstoken",
    "pass",
];

/// `key` is a secret beside one of these.
const KEY_WORDS: [&str; 11] = [
    "api",
    "secret",
    "private",
    "access",
    "signing",
    "encryption",
    "auth",
    "jwt",
    "session",
    "hmac",
    "master",
];

/// Words that say that the name is of something about a secret, not of the secret itself.
const ABOUT_WORDS: [&str; 65] = [
    "name",
    "names",
    "field",
    "fields",
    "url",
    "uri",
    "path",
    "file",
    "filename",
    "header",
    "headers",
    "param",
    "parameter",
    "prefix",
    "suffix",
    "length",
    "len",
    "label",
    "help",
    "regex",
    "pattern",
    "re",
    "type",
    "kind",
    "env",
    "var",
    "variable",
    "placeholder",
    "message",
    "msg",
    "error",
    "text",
    "title",
    "template",
    "endpoint",
    "scheme",
    "expires",
    "expiry",
    "ttl",
    "form",
    "input",
    "min",
    "max",
    "policy",
    "hasher",
    "hashers",
    "algorithm",
    "validator",
    "validators",
    "id",
    "location",
    "format",
    "prompt",
    "description",
    "doc",
    "docs",
    "example",
    "dummy",
    "fake",
    "test",
    "class",
    "method",
    "hash",
    "md5",
    "digest",
];

/// Texts that stand where a secret is to be put in.
const PLACEHOLDERS: [&str; 14] = [
    "changeme",
    "change_me",
    "change-me",
    "your",
    "example",
    "placeholder",
    "xxx",
    "***",
    "dummy",
    "todo",
    "insert",
    "redacted",
    "none",
    "null",
];

impl Inspector<'_> {
    pub(super) fn secrets(&mut self, id: FileId, file: &ProgramFile) {
        if !self.rules.contains_key(RULE) || file.is_test {
            return;
        }
        // Passwords within addresses stand anywhere; most files have no such text.
        let text = &file.source.text;
        let addresses = text.contains("://") && text.contains('@') || text.contains(" password=");
        for body in &file.ir.bodies {
            let wide = matches!(body.kind, BodyKind::Module | BodyKind::Class);
            let names = body.parameters.iter().map(|one| one.name);
            let names = names.chain(body.slots.iter().map(|one| one.name));
            if !wide
                && !addresses
                && !names.into_iter().any(|name| may_name_secret(name.as_str()))
                && !body.mentions.iter().any(|name| may_name_secret(name.as_str()))
            {
                continue;
            }
            let mut found: Vec<(Span, Symbol, Confidence)> = Vec::new();
            walk::statements(&body.block, &mut |statement| {
                if let StmtKind::Assign { targets, value, .. } = &statement.kind {
                    for target in targets {
                        if let Some(name) = name_of_target(target) {
                            found.extend(literal(name, value).map(|sure| (statement.span, name, sure)));
                        }
                    }
                }
                walk::expressions(statement, &mut |expression| {
                    walk::within(expression, &mut |one| in_expression(one, &mut found));
                });
            });
            for (span, name, confidence) in found {
                if let Some(remark) = self.signing_key(file, body, name) {
                    self.report(file, body.qualified_name, span, remark);
                    continue;
                }
                let message = format!("the value of `{name}` stands in the code");
                self.report(file, body.qualified_name, span, Remark::new(RULE, message, confidence));
            }
            if wide {
                self.signing_keys_by_default(id, file, body);
            }
            self.defaults(file, body);
        }
    }

    /// The key with which a framework signs, as its setting is called; none under other names.
    fn signing_key(&self, file: &ProgramFile, body: &Body, name: Symbol) -> Option<Remark> {
        let signs = match name.as_str() {
            "SECRET_KEY" | "JWT_SECRET_KEY" | "WTF_CSRF_SECRET_KEY" | "JWT_SECRET" => true,
            "secret_key" | "cookie_secret" => imports(file, &["flask", "quart", "tornado", "starlette"]),
            _ => false,
        };
        let message = "the key that signs sessions and tokens stands in the code";
        let confidence = if is_for_development(file, body) { Confidence::Low } else { Confidence::High };
        signs.then(|| Remark::new("hardcoded-secret-key", message, confidence))
    }

    /// `SECRET_KEY = os.environ.get("SECRET_KEY", "…")`: who sets nothing signs with what everybody can read.
    fn signing_keys_by_default(&mut self, id: FileId, file: &ProgramFile, body: &Body) {
        for statement in &body.block {
            let StmtKind::Assign { targets, value, .. } = &statement.kind else { continue };
            let [Target { kind: TargetKind::Name(_, name), .. }] = targets.as_slice() else { continue };
            if name.as_str() != "SECRET_KEY" || matches!(value.kind, ExprKind::Constant(_)) {
                continue;
            }
            let lookup = ByDefault::new(self.program, self.models);
            let known = lookup.value(id, body, value);
            let said = matches!(&known, Some(Known::Text(text)) if !text.is_empty());
            if let (true, Some(remark)) = (said && lookup.open.get(), self.signing_key(file, body, *name)) {
                let message =
                    "the key that signs sessions and tokens stands in the code, unless another is configured";
                let confidence = remark.confidence.min(Confidence::Medium);
                let remark = Remark { message: message.to_owned(), confidence, ..remark };
                self.report(file, body.qualified_name, statement.span, remark);
            }
        }
    }

    /// `def connect(password="…")`
    fn defaults(&mut self, file: &ProgramFile, body: &Body) {
        for parameter in &body.parameters {
            let Some(default) = &parameter.default else { continue };
            if let Some(confidence) = literal(parameter.name, default) {
                let message = format!("the default of `{}` stands in the code", parameter.name);
                self.report(file, body.qualified_name, default.span, Remark::new(RULE, message, confidence));
            }
        }
    }
}

fn in_expression(expression: &Expr, found: &mut Vec<(Span, Symbol, Confidence)>) {
    match &expression.kind {
        ExprKind::Call(call) => {
            for argument in &call.arguments {
                if let ArgumentKind::Keyword(name) = argument.kind {
                    found.extend(literal(name, &argument.value).map(|sure| (expression.span, name, sure)));
                }
            }
        }
        ExprKind::Dict(entries) => {
            for (key, value) in entries {
                if let Some(ExprKind::Constant(Constant::String(text))) = key.as_ref().map(|key| &key.kind) {
                    let name = Symbol::new(text);
                    found.extend(literal(name, value).map(|sure| (value.span, name, sure)));
                }
            }
        }
        ExprKind::Compare(left, others) => {
            if let [(CompareOperator::Equal | CompareOperator::NotEqual, right)] = others.as_slice() {
                for (named, value) in [(&**left, right), (right, &**left)] {
                    let name = match &named.kind {
                        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => *name,
                        ExprKind::Subscript(_, index) => match crate::solve::purpose::text_of(index) {
                            Some(name) => name,
                            None => continue,
                        },
                        _ => continue,
                    };
                    found.extend(literal(name, value).map(|sure| (expression.span, name, sure)));
                }
            }
        }
        _ => {}
    }
    if let Some((span, name)) = password_of_address(expression) {
        found.push((span, name, Confidence::Medium));
    }
}

/// `postgresql://user:password@host/base` as a literal.
fn password_of_address(expression: &Expr) -> Option<(Span, Symbol)> {
    let ExprKind::Constant(Constant::String(text)) = &expression.kind else { return None };
    // `dbname=shop user=shop password=…`
    if let Some((before, behind)) = text.split_once(" password=")
        && ["host=", "user=", "dbname="].iter().any(|word| before.contains(word))
    {
        let password = behind.split_whitespace().next().unwrap_or_default().trim_matches('\'');
        return looks_secret(password).then(|| (expression.span, Symbol::new("password")));
    }
    let (scheme, rest) = text.split_once("://")?;
    if scheme.is_empty()
        || scheme.len() > 24
        || !scheme.chars().all(|one| one.is_ascii_alphanumeric() || one == '+')
    {
        return None;
    }
    let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    looks_secret(password).then(|| (expression.span, Symbol::new("password")))
}

fn name_of_target(target: &Target) -> Option<Symbol> {
    match &target.kind {
        TargetKind::Name(_, name) | TargetKind::Attribute(_, name) => Some(*name),
        TargetKind::Subscript(_, index) => crate::solve::purpose::text_of(index),
        _ => None,
    }
}

fn may_name_secret(name: &str) -> bool {
    if name.len() > 60 {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token", "key"].iter().any(|one| lower.contains(one)) && names_secret(name)
}

fn names_secret(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let key = words.iter().any(|word| word == "key") && has(&KEY_WORDS);
    (key || has(&SECRET_WORDS)) && !has(&ABOUT_WORDS)
}

/// How sure a literal under a name is a secret; none where it isn't one.
fn literal(name: Symbol, value: &Expr) -> Option<Confidence> {
    let ExprKind::Constant(Constant::String(text)) = &value.kind else { return None };
    if !may_name_secret(name.as_str()) || !looks_secret(text) {
        return None;
    }
    // A word of the code's own, such as a name of a grammar's token.
    let plain = text.chars().all(|one| one.is_ascii_lowercase() || matches!(one, '_' | '-' | '.'));
    let said = words(name.as_str());
    if plain && text.contains('.') {
        // The name of an option.
        return None;
    }
    let same = words(text).iter().all(|word| said.contains(word));
    // `SESSION_KEY = "shop_session"` names where the secret is kept.
    let of_secret = said.iter().any(|word| word == "secret")
        || said.last().is_some_and(|word| matches!(word.as_str(), "password" | "passwd" | "passphrase"));
    // `api_key="epv1Today"` names a field: keys are longer, and hardly without more digits.
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let of_key = said.last().is_some_and(|word| matches!(word.as_str(), "key" | "token"));
    let short = text.len() < 16 && digits <= 2 && text.chars().all(char::is_alphanumeric);
    if same || plain && !of_secret || of_key && short {
        return None;
    }
    Some(if plain { Confidence::Low } else { Confidence::Medium })
}

/// Whether a text can be a secret at all: no placeholder, no name of something, no sentence.
fn looks_secret(text: &str) -> bool {
    if text.len() < 6 || text.len() > 300 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|one| lower.contains(one)) {
        return false;
    }
    let odd = |one: char| {
        one.is_whitespace()
            || matches!(one, '{' | '}' | '<' | '>' | '(' | ')' | '[' | ']' | '/' | ',' | ';' | ':')
    };
    if text.contains(odd) || text.contains("%s") || text.starts_with(['$', '%', '-']) {
        return false;
    }
    let letters = text.chars().any(char::is_alphabetic);
    let digits = text.chars().any(|one| one.is_ascii_digit());
    let signs = text.chars().any(|one| !one.is_alphanumeric() && !matches!(one, '_' | '-' | '.'));
    let joined = text.contains(['-', '_']) && text.len() >= 12;
    // `ACCESS_TOKEN` names a variable, `csrfToken` a field.
    let constant = !digits && text.chars().all(|one| one.is_ascii_uppercase() || one == '_');
    letters && !constant && (digits || signs || joined) && distinct(text) >= 5
}

fn distinct(text: &str) -> usize {
    let mut all: Vec<char> = text.chars().collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}
