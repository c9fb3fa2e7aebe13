//! Tests of calls that start processes.

use vansire_finding::{Confidence, Severity};
use vansire_python::ir::{Constant, Expr, ExprKind};

use super::calls::Site;
use super::literal::{Arguments, Literal};
use super::walk::Checker;

pub(super) const SUBPROCESS: [&str; 5] = [
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.run",
];

pub(super) const SHELL: [&str; 14] = [
    "os.system",
    "os.popen",
    "os.popen2",
    "os.popen3",
    "os.popen4",
    "popen2.popen2",
    "popen2.popen3",
    "popen2.popen4",
    "popen2.Popen3",
    "popen2.Popen4",
    "commands.getoutput",
    "commands.getstatusoutput",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
];

pub(super) const NO_SHELL: [&str; 17] = [
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.spawnl",
    "os.spawnle",
    "os.spawnlp",
    "os.spawnlpe",
    "os.spawnv",
    "os.spawnve",
    "os.spawnvp",
    "os.spawnvpe",
    "os.startfile",
];

/// Commands that take names which begin with a dash for options.
const WITH_OPTIONS: [&str; 4] = ["chown", "chmod", "tar", "rsync"];

/// The last names of everything here.
pub fn names() -> impl Iterator<Item = &'static str> {
    let all = SUBPROCESS.iter().chain(&SHELL).chain(&NO_SHELL);
    all.map(|name| name.rsplit('.').next().unwrap_or(name))
}

impl<'a> Checker<'a> {
    pub(super) fn processes(&mut self, site: &Site<'_, 'a>) {
        let full = site.full.as_str();
        let options = self.options;
        let has = |list: &Option<Vec<String>>| list.as_ref().map(|list| list.iter().any(|name| name == full));
        let (subprocess, shell, no_shell) =
            (has(&options.subprocess), has(&options.shell), has(&options.no_shell));
        let is_subprocess = subprocess == Some(true);
        let is_shell = shell == Some(true);
        let is_no_shell = no_shell == Some(true);
        let has_shell = has_shell(site.arguments);
        let first = site.arguments.positional().next();
        let is_constant = site.arguments.first().is_some_and(|first| self.is_string(first));
        let severity = if is_constant { Severity::Low } else { Severity::High };
        if is_subprocess {
            if has_shell && first.is_some() {
                let message = "A shell runs the command";
                self.report_call(site, "B602", severity, Confidence::High, Some("shell"), message);
            } else if !has_shell {
                let message = "A program is run";
                self.report_call(site, "B603", Severity::Low, Confidence::High, Some("shell"), message);
            }
        } else if has_shell && subprocess.is_some() {
            let message = "A shell runs something, perhaps";
            self.report_call(site, "B604", Severity::Medium, Confidence::Low, Some("shell"), message);
        }
        if is_shell && first.is_some() {
            self.report_call(site, "B605", severity, Confidence::High, None, "A shell runs the command");
        }
        if is_no_shell {
            self.report_call(site, "B606", Severity::Low, Confidence::Medium, None, "A program is run");
        }
        // The lists are asked one after the other: one that is missing is only missed where no earlier one has the name.
        if is_subprocess
            || (subprocess.is_some() && is_shell)
            || (subprocess.is_some() && shell.is_some() && is_no_shell)
        {
            self.partial_path(site);
        }
        let runs_shell =
            is_shell || (is_subprocess && site.arguments.check("shell", &["True"]) == Some(true));
        if runs_shell && subprocess.is_some() && shell.is_some() {
            self.wildcard(site);
        }
    }

    fn partial_path(&mut self, site: &Site<'_, 'a>) {
        let program = match site.arguments.first() {
            Some(Expr { kind: ExprKind::List(items), .. }) if !items.is_empty() => items.first(),
            first => first,
        };
        let Some(program) = program.filter(|program| self.is_string(program)) else { return };
        let ExprKind::Constant(Constant::String(text)) = &program.kind else { return };
        let mut characters = text.chars();
        let is_whole = match characters.next() {
            Some('\\' | '/' | '.') => true,
            Some(drive) => drive.is_ascii_alphabetic() && characters.next() == Some(':'),
            None => false,
        };
        if !is_whole {
            let message = "`PATH` decides which program is run";
            self.report_call(site, "B607", Severity::Low, Confidence::High, None, message);
        }
    }

    fn wildcard(&mut self, site: &Site<'_, 'a>) {
        let command = match site.arguments.at(0) {
            Literal::List(items) => {
                items.iter().filter_map(Literal::text).fold(String::new(), |all, one| all + " " + one)
            }
            Literal::Text(text) => text.to_owned(),
            _ => return,
        };
        if command.contains('*') && WITH_OPTIONS.iter().any(|program| command.contains(program)) {
            let message = "A file's name that begins with a dash becomes an option";
            self.report_call(site, "B609", Severity::High, Confidence::Medium, Some("shell"), message);
        }
    }
}

/// Whether the keyword `shell` isn't known to be false.
fn has_shell(arguments: Arguments<'_>) -> bool {
    let Some(value) = arguments.keyword("shell") else { return false };
    match &value.kind {
        ExprKind::Constant(_) => match Literal::of(value) {
            Literal::Text("False" | "None") => {
                matches!(value.kind, ExprKind::Constant(Constant::String(_)))
            }
            literal => literal.is_true(),
        },
        ExprKind::List(items) => !items.is_empty(),
        ExprKind::Dict(items) => !items.is_empty(),
        _ => true,
    }
}
