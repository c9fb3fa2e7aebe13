//! Files that are looked at under a name and used under it afterwards: in between, the name may have become that of
//! another file.

use vansire_finding::Confidence;
use vansire_python::ir::{
    ArgumentKind, Body, BodyKind, Call, Constant, Expr, ExprKind, Handler, Span, Stmt, StmtKind, StringPart,
    TargetKind,
};
use vansire_python::{ProgramFile, Symbol, walk};

use super::{Inspector, Names, Remark, last_name};

const RULE: &str = "time-of-check-time-of-use";
const GUESS: &str = "file-checked-then-used";

/// Functions that look at the file of a name.
const CHECKS: [&str; 13] = [
    "os.path.exists",
    "os.path.lexists",
    "os.path.isfile",
    "os.path.isdir",
    "os.path.islink",
    "os.path.getsize",
    "os.path.getmtime",
    "os.access",
    "os.stat",
    "os.lstat",
    "os.readlink",
    "os.path.ismount",
    "os.path.samefile",
];

/// Methods of paths that do.
const METHODS_THAT_CHECK: [&str; 7] = ["exists", "is_file", "is_dir", "is_symlink", "stat", "lstat", "owner"];

/// Functions that use it, by their first argument.
const USES: [&str; 29] = [
    "open",
    "io.open",
    "os.open",
    "os.remove",
    "os.unlink",
    "os.rename",
    "os.replace",
    "os.renames",
    "os.rmdir",
    "os.removedirs",
    "os.mkdir",
    "os.makedirs",
    "os.chmod",
    "os.chown",
    "os.lchown",
    "os.truncate",
    "os.utime",
    "os.link",
    "os.symlink",
    "os.mkfifo",
    "os.execv",
    "os.execl",
    "os.chdir",
    "shutil.rmtree",
    "shutil.copy",
    "shutil.copy2",
    "shutil.copyfile",
    "shutil.move",
    "shutil.chown",
];

/// Methods of paths that use it.
const METHODS_THAT_USE: [&str; 12] = [
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "unlink",
    "rename",
    "replace",
    "rmdir",
    "mkdir",
    "chmod",
    "touch",
];

/// Folders in which every user of the machine may make files.
const SHARED: [&str; 3] = ["/tmp/", "/var/tmp/", "/dev/shm/"];

/// What was looked at.
struct Check {
    path: String,
    /// Whether it decides about a permission.
    permission: bool,
}

/// What is done with it.
struct Use {
    path: String,
    span: Span,
    name: Symbol,
    /// It makes or changes something, rather than to read it.
    changes: bool,
}

impl Inspector<'_> {
    pub(super) fn races(&mut self, file: &ProgramFile, names: &Names) {
        if file.is_test || !self.rules.contains_key(RULE) && !self.rules.contains_key(GUESS) {
            return;
        }
        let words = [
            "exists", "lexists", "isfile", "isdir", "islink", "getsize", "getmtime", "access", "stat",
            "lstat",
        ];
        let words: Vec<Symbol> =
            words.iter().chain(&METHODS_THAT_CHECK).map(|word| Symbol::new(word)).collect();
        let mut shared: Option<Vec<String>> = None;
        for body in &file.ir.bodies {
            if matches!(body.kind, BodyKind::Class | BodyKind::Lambda)
                || !body.mentions.iter().any(|name| words.contains(name))
            {
                continue;
            }
            let mut found = Vec::new();
            let mut reader = Reader { names, inspector: self, found: &mut found };
            reader.block(&body.block, false);
            if found.is_empty() {
                continue;
            }
            let of_module =
                shared.get_or_insert_with(|| self.shared_paths(&file.ir.bodies[0], names)).clone();
            let own = self.shared_paths(body, names);
            let privileged = ["setuid", "seteuid", "setgid", "setegid", "setreuid", "setresuid", "geteuid"]
                .iter()
                .any(|name| file.ir.bodies.iter().any(|one| one.mentions.contains(&Symbol::new(name))));
            for (check, used, handled) in found {
                let in_shared =
                    is_shared(&used.path) || own.contains(&used.path) || of_module.contains(&used.path);
                let name = used.name;
                let remark = if in_shared {
                    let message = format!(
                        "any user of the machine can put another file there between the look at it and `{name}`"
                    );
                    Remark::new(RULE, message, Confidence::Medium)
                } else if handled {
                    continue;
                } else if check.permission && (privileged || used.changes && name.as_str() == "open") {
                    let message = format!(
                        "what `os.access` said of the name needn't hold of the file that `{name}` meets: try, and \
                         handle the error"
                    );
                    let confidence = if privileged { Confidence::Medium } else { Confidence::Low };
                    Remark::new(RULE, message, confidence)
                } else {
                    let message = format!(
                        "the name may be that of another file by the time of `{name}`: try, and handle the error"
                    );
                    Remark::new(GUESS, message, Confidence::Low)
                };
                self.report(file, body.qualified_name, used.span, remark);
            }
        }
    }

    /// The names under which a body keeps paths in a folder that everybody may write to.
    fn shared_paths(&self, body: &Body, names: &Names) -> Vec<String> {
        let mut shared: Vec<String> = Vec::new();
        walk::statements(&body.block, &mut |statement| {
            let StmtKind::Assign { targets, value, .. } = &statement.kind else { return };
            let [target] = targets.as_slice() else { return };
            let TargetKind::Name(_, name) = target.kind else { return };
            let name = name.to_string();
            if self.leads_to_shared(value, names, &shared) {
                shared.push(name);
            } else {
                shared.retain(|own| *own != name);
            }
        });
        shared
    }

    fn leads_to_shared(&self, value: &Expr, names: &Names, shared: &[String]) -> bool {
        let of = |one: &Expr| self.leads_to_shared(one, names, shared);
        match &value.kind {
            ExprKind::Constant(Constant::String(text)) => {
                SHARED.iter().any(|folder| format!("{text}/").starts_with(folder))
            }
            ExprKind::Interpolated(parts) => match parts.first() {
                Some(StringPart::Literal(text)) => SHARED.iter().any(|folder| text.starts_with(folder)),
                Some(StringPart::Value { value, .. }) => of(value),
                None => false,
            },
            ExprKind::Name(_, name) => shared.contains(&name.to_string()),
            ExprKind::Binary(_, left, _) => of(left),
            ExprKind::Call(call) => {
                let name = names.dotted(self.models, &call.callee);
                let name = name.map(Symbol::as_str);
                match name {
                    Some("tempfile.gettempdir" | "tempfile.gettempdirb") => true,
                    Some("os.path.join" | "pathlib.Path" | "os.fspath") => {
                        call.arguments.first().is_some_and(|one| of(&one.value))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn is_shared(path: &str) -> bool {
    path.strip_prefix('"').is_some_and(|path| SHARED.iter().any(|folder| path.starts_with(folder)))
}

struct Reader<'r, 'i> {
    names: &'r Names,
    inspector: &'r Inspector<'i>,
    found: &'r mut Vec<(Check, Use, bool)>,
}

impl Reader<'_, '_> {
    /// Each look at a file, with what is done to it where the look decides.
    fn block(&mut self, block: &[Stmt], handled: bool) {
        for (at, statement) in block.iter().enumerate() {
            match &statement.kind {
                StmtKind::If { test, body, or_else } => {
                    for check in self.checks(test) {
                        self.uses(&check, body, handled);
                        self.uses(&check, or_else, handled);
                        // What goes on behind it, where one of the ways leaves.
                        if leaves(body) || leaves(or_else) {
                            self.uses(&check, &block[at + 1..], handled);
                        }
                    }
                    self.block(body, handled);
                    self.block(or_else, handled);
                }
                StmtKind::While { test, body, or_else } => {
                    for check in self.checks(test) {
                        self.uses(&check, body, handled);
                    }
                    self.block(body, handled);
                    self.block(or_else, handled);
                }
                StmtKind::Assert { test, .. } => {
                    for check in self.checks(test) {
                        self.uses(&check, &block[at + 1..], handled);
                    }
                }
                StmtKind::Try { body, handlers, or_else, finally, .. } => {
                    self.block(body, handled || handlers.iter().any(handles_missing));
                    for handler in handlers {
                        self.block(&handler.body, handled);
                    }
                    self.block(or_else, handled);
                    self.block(finally, handled);
                }
                _ => walk::blocks(statement, &mut |inner| self.block(inner, handled)),
            }
        }
    }

    /// The looks at files in a test.
    fn checks(&self, test: &Expr) -> Vec<Check> {
        let mut checks = Vec::new();
        walk::within(test, &mut |one| {
            let ExprKind::Call(call) = &one.kind else { return };
            let name = self.names.plain(&call.callee);
            if let Some(name) = name {
                let name = name.as_str();
                if CHECKS.contains(&name)
                    && let Some(path) = first(call).and_then(text_of)
                {
                    // `F_OK` only asks whether it is there.
                    let asks = call.arguments.get(1).and_then(|one| last_name(&one.value));
                    let permission = name == "os.access" && asks.is_none_or(|name| name.as_str() != "F_OK");
                    checks.push(Check { path, permission });
                }
            } else if let ExprKind::Attribute(base, method) = &call.callee.kind
                && METHODS_THAT_CHECK.contains(&method.as_str())
                && call.arguments.is_empty()
                && let Some(path) = text_of(base)
            {
                checks.push(Check { path, permission: false });
            }
        });
        checks
    }

    /// What a block does to a file that was looked at.
    fn uses(&mut self, check: &Check, block: &[Stmt], handled: bool) {
        for statement in block {
            let mut found = Vec::new();
            walk::expressions(statement, &mut |expression| {
                walk::within(expression, &mut |one| found.extend(self.used(one)));
            });
            for used in found {
                if used.path == check.path {
                    let check = Check { path: check.path.clone(), permission: check.permission };
                    self.found.push((check, used, handled));
                }
            }
            // Another path from here on.
            if assigns(statement, &check.path) {
                return;
            }
            if let StmtKind::Try { body, handlers, or_else, finally, .. } = &statement.kind {
                self.uses(check, body, handled || handlers.iter().any(handles_missing));
                for handler in handlers {
                    self.uses(check, &handler.body, handled);
                }
                self.uses(check, or_else, handled);
                self.uses(check, finally, handled);
            } else {
                let suppresses = suppresses(statement);
                walk::blocks(statement, &mut |inner| self.uses(check, inner, handled || suppresses));
            }
        }
    }

    fn used(&self, expression: &Expr) -> Option<Use> {
        let ExprKind::Call(call) = &expression.kind else { return None };
        let name = last_name(&call.callee)?;
        let dotted = match &call.callee.kind {
            ExprKind::Name(_, name) if name.as_str() == "open" => Some(*name),
            _ => self.names.plain(&call.callee),
        };
        let (path, mode, method) = if let Some(dotted) = dotted {
            let dotted = self.inspector.models.canonical(dotted);
            if !USES.contains(&dotted.as_str().trim_start_matches("builtins.")) {
                return None;
            }
            (text_of(first(call)?)?, call.arguments.get(1), false)
        } else {
            let ExprKind::Attribute(base, method) = &call.callee.kind else { return None };
            if !METHODS_THAT_USE.contains(&method.as_str()) {
                return None;
            }
            (text_of(base)?, call.arguments.first(), true)
        };
        if is_exclusive(call) {
            return None;
        }
        let text = mode.and_then(|mode| match &mode.value.kind {
            ExprKind::Constant(Constant::String(text)) => Some(text.to_string()),
            _ => None,
        });
        let changes = match name.as_str() {
            "open" => text.is_some_and(|mode| mode.contains(['w', 'a', '+'])),
            "read_text" | "read_bytes" | "chdir" => false,
            "copy" | "copy2" | "copyfile" => method,
            _ => true,
        };
        Some(Use { path, span: expression.span, name, changes })
    }
}

fn first(call: &Call) -> Option<&Expr> {
    call.arguments.first().filter(|one| one.kind == ArgumentKind::Positional).map(|one| &one.value)
}

/// A path as it is written: a variable, an attribute, a literal.
fn text_of(expression: &Expr) -> Option<String> {
    match &expression.kind {
        ExprKind::Name(_, name) => Some(name.to_string()),
        ExprKind::Attribute(base, name) => Some(format!("{}.{name}", text_of(base)?)),
        ExprKind::Constant(Constant::String(text)) => Some(format!("\"{text}")),
        _ => None,
    }
}

/// Whether a call fails, or leaves all as it is, where the file is another one: `exist_ok`, mode `x`, `O_EXCL`.
fn is_exclusive(call: &Call) -> bool {
    let is_flag = |name: &str| {
        matches!(name, "O_EXCL" | "O_NOFOLLOW" | "exist_ok" | "missing_ok" | "dir_fd" | "opener")
    };
    let mut exclusive = false;
    for argument in &call.arguments {
        if let ArgumentKind::Keyword(name) = argument.kind {
            exclusive |= is_flag(name.as_str());
        }
        walk::within(&argument.value, &mut |one| match &one.kind {
            ExprKind::Attribute(_, name) | ExprKind::Name(_, name) => exclusive |= is_flag(name.as_str()),
            ExprKind::Constant(Constant::String(text)) => {
                exclusive |= matches!(&**text, "x" | "xb" | "xt" | "x+" | "xb+");
            }
            _ => {}
        });
    }
    exclusive
}

/// Whether a handler is there for a file that isn't what it was thought to be.
fn handles_missing(handler: &Handler) -> bool {
    let catches = |one: &Expr| {
        last_name(one).is_some_and(|name| {
            matches!(
                name.as_str(),
                "OSError"
                    | "IOError"
                    | "EnvironmentError"
                    | "FileNotFoundError"
                    | "FileExistsError"
                    | "PermissionError"
                    | "NotADirectoryError"
                    | "IsADirectoryError"
                    | "Exception"
                    | "BaseException"
                    | "error"
            )
        })
    };
    match handler.exception.as_ref().map(|one| (&one.kind, one)) {
        None => true,
        Some((ExprKind::Tuple(all), _)) => all.iter().any(catches),
        Some((_, one)) => catches(one),
    }
}

/// `with suppress(FileNotFoundError):`
fn suppresses(statement: &Stmt) -> bool {
    let StmtKind::With { items, .. } = &statement.kind else { return false };
    items.iter().any(|(item, _)| {
        matches!(&item.kind, ExprKind::Call(call) if last_name(&call.callee).is_some_and(|name| name.as_str() == "suppress"))
    })
}

fn leaves(block: &[Stmt]) -> bool {
    block.last().is_some_and(|last| match &last.kind {
        StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Continue | StmtKind::Break => true,
        StmtKind::Expr(value) => {
            matches!(&value.kind, ExprKind::Call(call) if last_name(&call.callee).is_some_and(|name| matches!(name.as_str(), "exit" | "abort" | "_exit")))
        }
        _ => false,
    })
}

/// Whether a statement gives a variable another value.
fn assigns(statement: &Stmt, path: &str) -> bool {
    let is_it = |target: &TargetKind| matches!(target, TargetKind::Name(_, name) if name.as_str() == path);
    match &statement.kind {
        StmtKind::Assign { targets, .. } => targets.iter().any(|target| is_it(&target.kind)),
        StmtKind::AugmentedAssign { target, .. } => is_it(&target.kind),
        StmtKind::For { target, .. } => is_it(&target.kind),
        _ => false,
    }
}
