//! Checks whose refusal comes to nothing: exceptions that are swallowed, handlers that answer "yes", assertions.

use vansire_finding::Confidence;
use vansire_python::ir::{
    Body, BodyKind, CompareOperator, Constant, Expr, ExprKind, Handler, Span, Stmt, StmtKind, TargetKind,
};
use vansire_python::{ProgramFile, Symbol};

use super::{Inspector, Names, Remark, last_name};
use crate::solve::purpose::words;
use vansire_python::walk;

const SWALLOWED: &str = "exception-swallowed";
const FAIL_OPEN: &str = "fail-open-check";
const ASSERTED: &str = "assert-as-access-check";

/// Methods that raise where somebody isn't who they say, or may not do what they want.
const REFUSING: [&str; 12] = [
    "authenticate",
    "authorize",
    "authorise",
    "checkpw",
    "unsign",
    "verify",
    "verify_signature",
    "verify_password",
    "verify_token",
    "verify_request",
    "verify_id_token",
    "check_permissions",
];

/// Words that say that something is tested, and refused where it isn't right.
const TESTS: [&str; 8] =
    ["check", "verify", "validate", "require", "ensure", "enforce", "assert", "authorize"];

/// Words for what decides whether somebody may do something.
const RIGHTS: [&str; 30] = [
    "access",
    "allowed",
    "permitted",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "authorized",
    "authorised",
    "authorization",
    "authenticated",
    "authentication",
    "auth",
    "credentials",
    "login",
    "password",
    "signature",
    "token",
    "csrf",
    "role",
    "roles",
    "admin",
    "staff",
    "superuser",
    "owner",
    "trusted",
    "certificate",
    "hmac",
    "origin",
    "rights",
];

/// Words in the names of exceptions by which somebody is refused.
const REFUSALS: [&str; 13] = [
    "signature",
    "permission",
    "denied",
    "forbidden",
    "unauthorized",
    "authentication",
    "authorization",
    "verification",
    "invalid",
    "token",
    "certificate",
    "access",
    "auth",
];

/// Words in the names of functions whose "yes" refuses: `is_token_expired`.
const CONTRARY: [&str; 25] = [
    "expired",
    "invalid",
    "revoked",
    "blocked",
    "blacklisted",
    "locked",
    "denied",
    "banned",
    "forbidden",
    "disabled",
    "missing",
    "empty",
    "required",
    "needed",
    "weak",
    "pwned",
    "compromised",
    "breached",
    "leaked",
    "common",
    "wrong",
    "bad",
    "unsafe",
    "not",
    "without",
];

/// Exceptions that everything can raise.
const BROAD: [&str; 4] = ["Exception", "BaseException", "StandardError", "Error"];

impl Inspector<'_> {
    pub(super) fn refusals(&mut self, file: &ProgramFile, names: &Names) {
        if ![SWALLOWED, FAIL_OPEN, ASSERTED].iter().any(|rule| self.rules.contains_key(rule)) {
            return;
        }
        for body in &file.ir.bodies {
            if matches!(body.kind, BodyKind::Class | BodyKind::Lambda) {
                continue;
            }
            let mut found: Vec<(Span, Remark)> = Vec::new();
            swallowed(&body.block, &mut found);
            if body.kind == BodyKind::Function
                && let Some(confidence) = names_check(body.name)
            {
                fails_open(body, confidence, &mut found);
            }
            if !file.is_test {
                asserted(&body.block, names, &mut found);
            }
            for (span, remark) in found {
                self.report(file, body.qualified_name, span, remark);
            }
        }
    }
}

// ---- swallowed

/// `try: verify(…) except Exception: pass`, with more to come behind it.
fn swallowed(block: &[Stmt], found: &mut Vec<(Span, Remark)>) {
    for (at, statement) in block.iter().enumerate() {
        walk::blocks(statement, &mut |inner| swallowed(inner, found));
        // Nobody gets through to a refusal.
        let goes_on = block[at + 1..].iter().any(|one| !is_trivial(one) && !is_refusal(one));
        if !goes_on {
            continue;
        }
        if let StmtKind::With { items, body, .. } = &statement.kind {
            for (item, _) in items {
                if let ExprKind::Call(call) = &item.kind
                    && last_name(&call.callee).is_some_and(|name| name.as_str() == "suppress")
                    && let Some(name) = refused_by(body)
                    && let Some(confidence) =
                        call.arguments.iter().filter_map(|one| catches_one(&one.value)).max()
                {
                    let message =
                        format!("whoever `{name}` refuses gets through: the exception is suppressed");
                    found.push((item.span, Remark::new(SWALLOWED, message, confidence)));
                }
            }
        }
        let StmtKind::Try { body, handlers, or_else, .. } = &statement.kind else { continue };
        // What is done only where nothing was refused stands in the `else`, or behind the check in the `try` itself.
        let Some(name) = refused_by(body).filter(|_| or_else.is_empty()) else { continue };
        for handler in handlers {
            if let Some(confidence) = catches_refusal(handler)
                && handler.body.iter().all(is_trivial)
            {
                let message = format!("whoever `{name}` refuses gets through: the exception is swallowed");
                found.push((handler.span, Remark::new(SWALLOWED, message, confidence)));
            }
        }
    }
}

/// The function by which somebody is refused, where it is the last that a block calls.
fn refused_by(block: &[Stmt]) -> Option<Symbol> {
    let StmtKind::Expr(value) = &block.last()?.kind else { return None };
    let value = if let ExprKind::Await(inner) = &value.kind { inner } else { value };
    let ExprKind::Call(call) = &value.kind else { return None };
    let name = last_name(&call.callee).filter(|name| refuses(*name))?;
    // `field.verify()` without anything to verify is mostly of an image, an archive.
    (name.as_str() != "verify" || !call.arguments.is_empty()).then_some(name)
}

/// Whether a statement says no.
fn is_refusal(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Raise { .. } | StmtKind::Return(None) => true,
        StmtKind::Return(Some(value)) => {
            matches!(value.kind, ExprKind::Constant(Constant::None | Constant::False))
        }
        _ => false,
    }
}

fn refuses(name: Symbol) -> bool {
    let lower = name.as_str().trim_start_matches('_').to_ascii_lowercase();
    if REFUSING.contains(&lower.as_str()) {
        return true;
    }
    let words = words(name.as_str());
    words.first().is_some_and(|first| TESTS.contains(&first.as_str()))
        && words.iter().skip(1).any(|word| RIGHTS.contains(&word.as_str()))
}

/// Whether a handler catches what somebody is refused by, and how sure that is a mistake.
fn catches_refusal(handler: &Handler) -> Option<Confidence> {
    let Some(exception) = &handler.exception else { return Some(Confidence::Medium) };
    match &exception.kind {
        ExprKind::Tuple(all) => all.iter().filter_map(catches_one).max(),
        _ => catches_one(exception),
    }
}

fn catches_one(exception: &Expr) -> Option<Confidence> {
    let name = last_name(exception)?;
    let words = words(name.as_str());
    // What has run out may be let through knowingly: so that it can be renewed.
    if words.iter().any(|word| word == "expired") {
        return Some(Confidence::Low);
    }
    (BROAD.contains(&name.as_str()) || words.iter().any(|word| REFUSALS.contains(&word.as_str())))
        .then_some(Confidence::Medium)
}

/// Whether a statement does nothing but tell of what happened.
fn is_trivial(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Pass => true,
        StmtKind::Expr(value) => match &value.kind {
            ExprKind::Constant(_) => true,
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Name(_, name) => name.as_str() == "print",
                ExprKind::Attribute(base, name) => {
                    let logs = ["debug", "info", "warning", "warn", "error", "exception", "critical", "log"];
                    logs.contains(&name.as_str())
                        && last_name(base).is_some_and(|base| {
                            let base = base.as_str().to_ascii_lowercase();
                            base.contains("log") || base == "warnings"
                        })
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

// ---- open on failure

/// How sure a function's name says that it decides who may do something.
fn names_check(name: Symbol) -> Option<Confidence> {
    let words = words(name.as_str());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.iter().any(|word| CONTRARY.contains(word)) {
        return None;
    }
    let right = words.iter().any(|word| RIGHTS.contains(word));
    match words.as_slice() {
        ["is" | "has" | "may" | "allow" | "allows" | "check" | "verify" | "validate" | "user", ..]
            if right =>
        {
            Some(Confidence::Medium)
        }
        ["authenticate" | "authorize" | "authorise", ..] => Some(Confidence::Medium),
        ["can", verb, ..]
            if matches!(
                *verb,
                "access" | "edit" | "view" | "delete" | "read" | "write" | "modify" | "change" | "manage"
            ) =>
        {
            Some(Confidence::Low)
        }
        _ => None,
    }
}

fn fails_open(body: &Body, confidence: Confidence, found: &mut Vec<(Span, Remark)>) {
    let mut returned: Vec<Symbol> = Vec::new();
    walk::statements(&body.block, &mut |statement| {
        if let StmtKind::Return(Some(value)) = &statement.kind
            && let ExprKind::Name(_, name) = &value.kind
        {
            returned.push(*name);
        }
    });
    walk::statements(&body.block, &mut |statement| {
        let StmtKind::Try { body: tried, handlers, .. } = &statement.kind else { return };
        // Who answers "yes" whatever happens decides nothing here.
        if tried.iter().all(|one| grants(one, &returned).is_some()) {
            return;
        }
        for handler in handlers {
            // What raises where something isn't there may be asked for just that.
            let is_of_missing = |name: Symbol| {
                let words = words(name.as_str());
                words.iter().any(|word| {
                    matches!(word.as_str(), "import" | "module" | "attribute" | "exist" | "found")
                })
            };
            let missing = handler.exception.as_ref().is_some_and(|exception| match &exception.kind {
                ExprKind::Tuple(all) => all.iter().filter_map(last_name).any(is_of_missing),
                _ => last_name(exception).is_some_and(is_of_missing),
            });
            if let Some(span) = handler.body.last().and_then(|last| grants(last, &returned)) {
                let message = "the check answers \"yes\" when it fails";
                let confidence = if missing { Confidence::Low } else { confidence };
                found.push((span, Remark::new(FAIL_OPEN, message, confidence)));
            }
        }
    });
}

/// `return True`, or the same for a variable that is returned.
fn grants(statement: &Stmt, returned: &[Symbol]) -> Option<Span> {
    let is_true = |value: &Expr| matches!(value.kind, ExprKind::Constant(Constant::True));
    let grants = match &statement.kind {
        StmtKind::Return(Some(value)) => is_true(value),
        StmtKind::Assign { targets, value, .. } => {
            is_true(value)
                && targets.iter().any(
                    |target| matches!(&target.kind, TargetKind::Name(_, name) if returned.contains(name)),
                )
        }
        _ => false,
    };
    grants.then_some(statement.span)
}

// ---- assertions

/// Attributes and methods that tell what somebody may do.
const ACCESS: [&str; 14] = [
    "is_admin",
    "is_staff",
    "is_superuser",
    "is_authenticated",
    "is_authorized",
    "is_owner",
    "is_moderator",
    "has_perm",
    "has_perms",
    "has_permission",
    "has_role",
    "check_password",
    "compare_digest",
    "checkpw",
];

/// `assert user.is_admin`
fn asserted(block: &[Stmt], names: &Names, found: &mut Vec<(Span, Remark)>) {
    walk::statements(block, &mut |statement| {
        let StmtKind::Assert { test, .. } = &statement.kind else { return };
        if let Some((what, confidence)) = asked(test, names) {
            let message = format!(
                "`{what}` is asserted: with `python -O` the assertion, and the check with it, is gone"
            );
            found.push((statement.span, Remark::new(ASSERTED, message, confidence)));
        }
    });
}

/// What a test asks about rights, if it does.
fn asked(test: &Expr, names: &Names) -> Option<(Symbol, Confidence)> {
    match &test.kind {
        ExprKind::Boolean(_, all) => all.iter().find_map(|one| asked(one, names)),
        // That somebody may not is mostly a state that can't be, no right that is needed.
        ExprKind::Await(inner) => asked(inner, names),
        ExprKind::Compare(left, others) => {
            let [(operator, right)] = others.as_slice() else { return None };
            // What a thing is, or whether it is there, is no question of rights.
            if matches!(right.kind, ExprKind::Constant(Constant::None)) {
                return None;
            }
            if matches!(operator, CompareOperator::Is | CompareOperator::IsNot)
                && matches!(right.kind, ExprKind::Constant(_))
            {
                return asked(left, names);
            }
            let sides = [(&**left, right), (right, &**left)];
            sides.iter().find_map(|(side, other)| {
                // `user.role == "admin"`, `session.user_id == document.owner_id`
                let ExprKind::Attribute(base, name) = &side.kind else { return None };
                let of_user = last_name(base).is_some_and(|base| {
                    matches!(base.as_str(), "user" | "current_user" | "account" | "identity" | "session")
                });
                let right = matches!(name.as_str(), "role" | "roles" | "permissions" | "groups" | "scopes")
                    || matches!(name.as_str(), "id" | "user_id" | "username" | "pk")
                        && last_name(other).is_some_and(|other| {
                            words(other.as_str())
                                .iter()
                                .any(|word| matches!(word.as_str(), "owner" | "author"))
                        });
                (of_user && right).then_some((*name, Confidence::Medium))
            })
        }
        ExprKind::Attribute(_, name) if ACCESS.contains(&name.as_str()) => Some((*name, Confidence::Medium)),
        ExprKind::Call(call) => {
            let name = last_name(&call.callee)?;
            if ACCESS.contains(&name.as_str()) {
                return Some((name, Confidence::Medium));
            }
            let words = words(name.as_str());
            let first = words.first().map(String::as_str);
            let tests =
                first.is_some_and(|first| TESTS.contains(&first) || matches!(first, "is" | "has" | "may"));
            // `is_valid_token` of a tokenizer is no question of rights.
            let right = words.iter().skip(1).any(|word| {
                RIGHTS.contains(&word.as_str())
                    && !matches!(word.as_str(), "token" | "origin" | "access" | "auth")
            });
            (tests
                && right
                && names.plain(&call.callee).is_none_or(|name| !name.as_str().starts_with("typing")))
            .then_some((name, Confidence::Medium))
        }
        _ => None,
    }
}
