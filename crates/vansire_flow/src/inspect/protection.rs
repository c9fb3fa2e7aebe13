//! Protection that a framework offers and that the code takes away.

use vansire_finding::Confidence;
use vansire_python::ir::{ArgumentKind, Body, BodyKind, Call, Constant, ExprKind, StmtKind, TargetKind};
use vansire_python::{ProgramFile, Symbol};

use super::{Inspector, Names, Remark, imports, last_name};
use crate::solve::purpose::words;
use vansire_python::walk;

/// Digests that are made fast.
const DIGESTS: [&str; 8] =
    ["sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s"];

/// Packages of applications for browsers.
const WEB: [&str; 13] = [
    "flask",
    "django",
    "fastapi",
    "starlette",
    "aiohttp",
    "tornado",
    "sanic",
    "falcon",
    "bottle",
    "cherrypy",
    "pyramid",
    "quart",
    "webob",
];

/// What a view mentions that knows its user by the browser's cookie.
const COOKIE_WORDS: [&str; 6] =
    ["user", "session", "login_required", "permission_required", "staff_member_required", "user_passes_test"];

/// What a view mentions that knows its callers by something else.
const SIGNATURE_WORDS: [&str; 8] = [
    "hmac",
    "compare_digest",
    "constant_time_compare",
    "signature",
    "verify_signature",
    "HTTP_AUTHORIZATION",
    "authenticate",
    "oauth",
];

impl Inspector<'_> {
    pub(super) fn protections(&mut self, file: &ProgramFile, names: &Names) {
        for body in &file.ir.bodies {
            match body.kind {
                BodyKind::Function => {
                    self.exempted(file, body, names);
                    self.emptied(file, body);
                }
                BodyKind::Class => self.all_fields(file, body),
                _ => {}
            }
            let mentions = |wanted: &str| body.mentions.iter().any(|name| name.as_str() == wanted);
            let environments =
                (mentions("Environment") || mentions("SandboxedEnvironment")) && imports(file, &["jinja2"]);
            let digests = DIGESTS.iter().any(|name| mentions(name)) && imports(file, &["hashlib"]);
            if environments || digests {
                let mut calls = Vec::new();
                walk::block(&body.block, &mut |one| {
                    if let ExprKind::Call(call) = &one.kind
                        && let Some(name) = names.plain(&call.callee)
                    {
                        calls.push((one.span, name, call));
                    }
                });
                for (span, name, call) in calls {
                    let remark = match name.as_str() {
                        "jinja2.Environment"
                        | "jinja2.environment.Environment"
                        | "jinja2.sandbox.SandboxedEnvironment" => unescaping(file, call),
                        other => other
                            .strip_prefix("hashlib.")
                            .filter(|name| DIGESTS.contains(name))
                            .and_then(|_| fast_digest(body, call)),
                    };
                    if let Some(remark) = remark {
                        self.report(file, body.qualified_name, span, remark);
                    }
                }
            }
        }
    }

    /// `fields = "__all__"` in the form or the serializer of a model.
    fn all_fields(&mut self, file: &ProgramFile, body: &Body) {
        if body.name.as_str() != "Meta" || file.is_test {
            return;
        }
        let Some(parent) = body.parent.map(|parent| &file.ir.bodies[parent.0 as usize]) else { return };
        let takes_input =
            parent.bases.iter().filter_map(|base| last_name(&base.value)).any(|base| {
                base.as_str().ends_with("ModelForm") || base.as_str().ends_with("ModelSerializer")
            });
        if !takes_input {
            return;
        }
        // Of most models no field is worth more than the others; of an account's some are.
        let of_account = body.block.iter().any(|statement| {
            let StmtKind::Assign { targets, value, .. } = &statement.kind else { return false };
            let named = matches!(targets.as_slice(), [one]
                if matches!(&one.kind, TargetKind::Name(_, name) if name.as_str() == "model"));
            named
                && last_name(value).is_some_and(|model| {
                    words(model.as_str()).iter().any(|word| {
                        matches!(
                            word.as_str(),
                            "user" | "account" | "profile" | "member" | "role" | "permission"
                        )
                    })
                })
        });
        if !of_account {
            return;
        }
        for statement in &body.block {
            let StmtKind::Assign { targets, value, .. } = &statement.kind else { continue };
            let named = matches!(targets.as_slice(), [one]
                if matches!(&one.kind, TargetKind::Name(_, name) if name.as_str() == "fields"));
            if named
                && matches!(&value.kind, ExprKind::Constant(Constant::String(text)) if **text == *"__all__")
            {
                let message = "whatever fields the model has, now and later, the user can set";
                let remark = Remark::new("mass-assignment", message, Confidence::Low);
                self.report(file, body.qualified_name, statement.span, remark);
            }
        }
    }

    /// `@csrf_exempt` on a view that knows its user by the cookie.
    fn exempted(&mut self, file: &ProgramFile, body: &Body, names: &Names) {
        let exempt = body.decorators.iter().find(|decorator| {
            names
                .dotted(self.models, decorator)
                .is_some_and(|name| name.as_str() == "django.views.decorators.csrf.csrf_exempt")
        });
        let Some(decorator) = exempt else { return };
        let mentions = |words: &[&str]| {
            body.mentions.iter().any(|name| words.contains(&name.as_str()))
                || body
                    .decorators
                    .iter()
                    .filter_map(|one| match &one.kind {
                        ExprKind::Call(call) => last_name(&call.callee),
                        _ => last_name(one),
                    })
                    .any(|name| words.contains(&name.as_str()))
        };
        // Another decorator of the project's may know the caller by something else than the cookie.
        let all_known = body.decorators.iter().all(|one| {
            let callee = if let ExprKind::Call(call) = &one.kind { &call.callee } else { one };
            names.plain(callee).is_some_and(|name| name.as_str().starts_with("django."))
        });
        if all_known && mentions(&COOKIE_WORDS) && !mentions(&SIGNATURE_WORDS) {
            let message =
                "a view that knows its user by the session's cookie takes requests from other sites";
            let remark = Remark::new("csrf-protection-disabled", message, Confidence::Medium);
            self.report(file, body.qualified_name, decorator.span, remark);
        }
    }

    /// Methods of Tornado's handlers that check, and don't any more.
    fn emptied(&mut self, file: &ProgramFile, body: &Body) {
        if !matches!(body.name.as_str(), "check_xsrf_cookie" | "check_origin") || !imports(file, &["tornado"])
        {
            return;
        }
        let Some(parent) = body.parent.map(|parent| &file.ir.bodies[parent.0 as usize]) else { return };
        if parent.kind != BodyKind::Class {
            return;
        }
        let statements: Vec<_> = body
            .block
            .iter()
            .filter(|statement| {
                !matches!(&statement.kind, StmtKind::Pass)
                    && !matches!(&statement.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Constant(_)))
            })
            .collect();
        let remark = match (body.name.as_str(), statements.as_slice()) {
            ("check_xsrf_cookie", [] | [vansire_python::ir::Stmt { kind: StmtKind::Return(None), .. }]) => {
                Remark::new(
                    "csrf-protection-disabled",
                    "the handler doesn't check where a request comes from",
                    Confidence::Medium,
                )
            }
            ("check_origin", [one]) if returns_true(&one.kind) => Remark::new(
                "permissive-cors",
                "pages of any site can open the socket in the name of their visitors",
                Confidence::High,
            ),
            _ => return,
        };
        let scope: Symbol = body.qualified_name;
        self.report(file, scope, body.name_span, remark);
    }
}

/// An environment whose templates print what they are given as it is, in an application for browsers.
fn unescaping(file: &ProgramFile, call: &Call) -> Option<Remark> {
    if !imports(file, &WEB) {
        return None;
    }
    let given = call.arguments.iter().find_map(|argument| match argument.kind {
        ArgumentKind::Keyword(name) if name.as_str() == "autoescape" => Some(&argument.value.kind),
        // It may stand in there.
        ArgumentKind::DoubleStarred => Some(&ExprKind::Invalid),
        _ => None,
    });
    let confidence = match given {
        Some(ExprKind::Constant(Constant::False)) => Confidence::Medium,
        Some(_) => return None,
        None => Confidence::Low,
    };
    let message = "templates of this environment print HTML of the user's as it is";
    Some(Remark::new("template-autoescape-disabled", message, confidence))
}

/// A password that is kept as a digest that a graphics card makes billions of in a second.
fn fast_digest(body: &Body, call: &Call) -> Option<Remark> {
    let slow =
        ["bcrypt", "scrypt", "pbkdf2_hmac", "argon2", "hashpw", "hmac", "PasswordHasher", "pwnedpasswords"];
    if body.mentions.iter().any(|name| slow.contains(&name.as_str())) {
        return None;
    }
    let mut named = Vec::new();
    walk::within(&call.arguments.first()?.value, &mut |one| named.extend(last_name(one)));
    let password = named.iter().any(|name| {
        let words = words(name.as_str());
        words.last().is_some_and(|last| matches!(last.as_str(), "password" | "passwd" | "pwd" | "passphrase"))
    });
    password.then(|| {
        let message =
            "a password is hashed with a fast hash, which lets billions of guesses be tried in a second";
        Remark::new("weak-password-hash", message, Confidence::Medium)
    })
}

fn returns_true(statement: &StmtKind) -> bool {
    matches!(statement, StmtKind::Return(Some(value)) if matches!(value.kind, ExprKind::Constant(Constant::True)))
}
