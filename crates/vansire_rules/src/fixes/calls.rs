//! Fixes of calls: another callee, another argument, one more, one less.

use vansire_python::ir::{Argument, ArgumentKind, Call, CompareOperator, Constant, Expr, ExprKind, Span};

use super::{Change, Fixer, Proposal, change};

impl<'a> Fixer<'a> {
    /// The dotted name of what is called, as it is written: `yaml.load`.
    fn written(call: &'a Call) -> Option<(&'a Expr, &'static str)> {
        match &call.callee.kind {
            ExprKind::Attribute(base, name) => Some((base, name.as_str())),
            _ => None,
        }
    }

    fn base_is(base: &Expr, module: &str) -> bool {
        matches!(&base.kind, ExprKind::Name(_, name) if name.as_str() == module)
    }

    /// Puts another name in place of the last part of the callee's.
    fn rename(call: &Call, name: &str, new: &str) -> Change {
        let end = call.callee.span.end;
        change(Span { start: end - name.len() as u32, end }, new)
    }

    fn keyword(call: &'a Call, wanted: &str) -> Option<&'a Argument> {
        call.arguments
            .iter()
            .find(|argument| matches!(argument.kind, ArgumentKind::Keyword(name) if name.as_str() == wanted))
    }

    /// Whether there may be keywords that aren't seen.
    fn is_open(call: &Call) -> bool {
        call.arguments.iter().any(|argument| argument.kind == ArgumentKind::DoubleStarred)
    }

    /// Adds a keyword to a call.
    fn add_argument(&self, call: &Call, whole: &Expr, argument: &str) -> Change {
        // Right before the closing bracket, or after the last argument: a comma may stand between.
        let close = whole.span.end - 1;
        let Some(last) = call.arguments.last() else {
            return change(Span { start: close, end: close }, argument);
        };
        let between = self.source.text_of(Span { start: last.value.span.end, end: close });
        let end = last.value.span.end + self.closing_brackets(between);
        let rest = self.source.text_of(Span { start: end, end: close });
        let without_comments: String =
            rest.lines().map(|line| line.split('#').next().unwrap_or_default()).collect();
        if without_comments.contains(',') {
            // `f(\n    a,\n)`: another line of the same form.
            let comma = end + rest.find(',').unwrap_or(0) as u32 + 1;
            let is_alone = rest.contains('\n');
            let separator = if is_alone { self.indentation(last.value.span.start) } else { " ".to_owned() };
            let tail = if is_alone { "," } else { "" };
            return change(Span { start: comma, end: comma }, format!("{separator}{argument}{tail}"));
        }
        change(Span { start: end, end }, format!(", {argument}"))
    }

    /// How far brackets around the last argument reach: `f((a))`.
    fn closing_brackets(&self, between: &str) -> u32 {
        let mut reached = 0;
        for (at, character) in between.char_indices() {
            match character {
                ')' => reached = at as u32 + 1,
                ',' | '#' => break,
                _ => {}
            }
        }
        reached
    }

    /// A line end and the indentation of the line that an offset is on.
    fn indentation(&self, offset: u32) -> String {
        let line = self.source.line_text(self.source.text_line(offset));
        let width = line.len() - line.trim_start().len();
        let end = if self.source.text.contains("\r\n") { "\r\n" } else { "\n" };
        format!("{end}{}", &line[..width])
    }

    /// Takes an argument out of a call, with its name and the comma that belongs to it.
    fn remove_argument(&self, call: &Call, argument: &Argument) -> Option<Change> {
        let index = call.arguments.iter().position(|one| std::ptr::eq(one, argument))?;
        let start = match argument.kind {
            ArgumentKind::Keyword(name) => {
                let before =
                    self.source.text_of(Span { start: call.callee.span.end, end: argument.value.span.start });
                let at = before.rfind(name.as_str())?;
                call.callee.span.end + at as u32
            }
            ArgumentKind::Positional => argument.value.span.start,
            _ => return None,
        };
        let end = argument.value.span.end;
        if index > 0 {
            let previous = call.arguments[index - 1].value.span.end;
            let between = self.source.text_of(Span { start: previous, end: start });
            // With a comment between them it isn't told whose that is.
            if between.contains('#') {
                return None;
            }
            let comma = between.rfind(',')?;
            return Some(change(Span { start: previous + comma as u32, end }, ""));
        }
        let next = call.arguments.get(1).map(|next| match next.kind {
            ArgumentKind::Keyword(name) => {
                let between = self.source.text_of(Span { start: end, end: next.value.span.start });
                between.rfind(name.as_str()).map(|at| end + at as u32)
            }
            ArgumentKind::Positional => Some(next.value.span.start),
            _ => None,
        });
        match next {
            Some(next) => Some(change(Span { start, end: next? }, "")),
            None => Some(change(Span { start, end }, "")),
        }
    }

    pub(super) fn safe_yaml(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let (base, name) = Self::written(call)?;
        let new = match name {
            "load" | "unsafe_load" | "full_load" => "safe_load",
            "load_all" | "unsafe_load_all" | "full_load_all" => "safe_load_all",
            _ => return None,
        };
        if !Self::base_is(base, "yaml") || Self::is_open(call) {
            return None;
        }
        let mut changes = vec![Self::rename(call, name, new)];
        let loader = Self::keyword(call, "Loader").or_else(|| call.arguments.get(1));
        if let Some(loader) = loader {
            changes.push(self.remove_argument(call, loader)?);
        }
        Some(Proposal { message: "load plain data only", safe: true, changes })
    }

    pub(super) fn verify(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        if let Some((base, name @ "_create_unverified_context")) = Self::written(call)
            && Self::base_is(base, "ssl")
        {
            let changes = vec![Self::rename(call, name, "create_default_context")];
            return Some(Proposal { message: "verify certificates and host names", safe: true, changes });
        }
        let argument = Self::keyword(call, "verify").or_else(|| Self::keyword(call, "verify_ssl"))?;
        if !matches!(argument.value.kind, ExprKind::Constant(Constant::False)) {
            return None;
        }
        let changes = vec![self.remove_argument(call, argument)?];
        Some(Proposal { message: "verify the server's certificate, as is the default", safe: true, changes })
    }

    pub(super) fn timeout(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        if Self::is_open(call) {
            return None;
        }
        let message = "wait 30 seconds, no longer";
        let changes = match Self::keyword(call, "timeout") {
            None => vec![self.add_argument(call, whole, "timeout=30")],
            Some(argument) if matches!(argument.value.kind, ExprKind::Constant(Constant::None)) => {
                vec![change(argument.value.span, "30")]
            }
            Some(_) => return None,
        };
        Some(Proposal { message, safe: true, changes })
    }

    pub(super) fn stronger_hash(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        // A password needs a hash that is slow.
        if ["passw", "pwd", "passphrase"]
            .iter()
            .any(|word| self.text(whole).to_ascii_lowercase().contains(word))
        {
            return None;
        }
        let (base, name) = Self::written(call)?;
        if !Self::base_is(base, "hashlib") {
            return None;
        }
        let message = "use SHA-256; what was stored under the old hash has to be hashed anew";
        let change = match (name, call.arguments.first()) {
            ("md5" | "sha1", _) => Self::rename(call, name, "sha256"),
            ("new", Some(argument)) if argument.kind == ArgumentKind::Positional => {
                match &argument.value.kind {
                    ExprKind::Constant(Constant::String(_)) => change(argument.value.span, "\"sha256\""),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Proposal { message, safe: false, changes: vec![change] })
    }

    pub(super) fn secrets(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let (base, name) = Self::written(call)?;
        if !Self::base_is(base, "random") || call.arguments.len() != 1 {
            return None;
        }
        let new = match (name, call.arguments[0].kind) {
            ("choice", ArgumentKind::Positional) => "choice",
            ("randrange", ArgumentKind::Positional) => "randbelow",
            ("getrandbits", ArgumentKind::Positional) => "randbits",
            ("randbytes", ArgumentKind::Positional) => "token_bytes",
            _ => return None,
        };
        let mut changes = vec![change(call.callee.span, format!("secrets.{new}"))];
        changes.extend(self.import("secrets")?);
        Some(Proposal { message: "take it from the system's generator", safe: true, changes })
    }

    pub(super) fn named_temporary_file(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let (base, name) = Self::written(call)?;
        let named = |argument: &Argument| matches!(argument.kind, ArgumentKind::Keyword(_));
        // By position the parameters of both differ.
        if name != "mktemp" || !Self::base_is(base, "tempfile") || !call.arguments.iter().all(named) {
            return None;
        }
        let end = whole.span.end;
        let changes = vec![
            Self::rename(call, name, "NamedTemporaryFile"),
            self.add_argument(call, whole, "delete=False"),
            change(Span { start: end, end }, ".name"),
        ];
        Some(Proposal {
            message: "make the file at once; it stays until it is removed",
            safe: false,
            changes,
        })
    }

    pub(super) fn extraction_filter(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let (_, name) = Self::written(call)?;
        if !matches!(name, "extractall" | "extract") || Self::is_open(call) {
            return None;
        }
        let changes = match Self::keyword(call, "filter") {
            None => vec![self.add_argument(call, whole, "filter=\"data\"")],
            Some(argument) => vec![change(argument.value.span, "\"data\"")],
        };
        Some(Proposal { message: "leave out members that lead elsewhere", safe: true, changes })
    }

    pub(super) fn debug_off(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let argument = Self::keyword(call, "debug")?;
        if !matches!(argument.value.kind, ExprKind::Constant(Constant::True)) {
            return None;
        }
        let changes = vec![change(argument.value.span, "False")];
        Some(Proposal { message: "switch the debugger off", safe: true, changes })
    }

    pub(super) fn cookie_flags(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        if !matches!(Self::written(call)?.1, "set_cookie" | "set_signed_cookie") || Self::is_open(call) {
            return None;
        }
        let mut changes = Vec::new();
        let mut missing = Vec::new();
        for (name, value) in [("secure", "True"), ("httponly", "True"), ("samesite", "\"Lax\"")] {
            match Self::keyword(call, name) {
                None => missing.push(format!("{name}={value}")),
                Some(argument) => match &argument.value.kind {
                    ExprKind::Constant(Constant::False | Constant::None) => {
                        changes.push(change(argument.value.span, value));
                    }
                    ExprKind::Constant(Constant::String(text)) if text.eq_ignore_ascii_case("none") => {
                        changes.push(change(argument.value.span, value));
                    }
                    _ => {}
                },
            }
        }
        if !missing.is_empty() {
            changes.push(self.add_argument(call, whole, &missing.join(", ")));
        }
        let message = "send the cookie over TLS only, hide it from scripts and other sites' requests";
        (!changes.is_empty()).then_some(Proposal { message, safe: true, changes })
    }

    pub(super) fn autoescape(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let is_environment = match &call.callee.kind {
            ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => name.as_str() == "Environment",
            _ => false,
        };
        if !is_environment || Self::is_open(call) {
            return None;
        }
        let changes = match Self::keyword(call, "autoescape") {
            None => vec![self.add_argument(call, whole, "autoescape=True")],
            Some(argument) if matches!(argument.value.kind, ExprKind::Constant(Constant::False)) => {
                vec![change(argument.value.span, "True")]
            }
            Some(_) => return None,
        };
        Some(Proposal { message: "escape what the templates show", safe: true, changes })
    }

    pub(super) fn compare_digest(&self, span: Span) -> Option<Proposal> {
        let comparison = self.expression(span)?;
        let ExprKind::Compare(left, rest) = &comparison.kind else { return None };
        let [(operator, right)] = rest.as_slice() else { return None };
        let negation = match operator {
            CompareOperator::Equal => "",
            CompareOperator::NotEqual => "not ",
            _ => return None,
        };
        let text = format!("{negation}hmac.compare_digest({}, {})", self.text(left), self.text(right));
        let mut changes = vec![change(comparison.span, text)];
        changes.extend(self.import("hmac")?);
        let message = "compare in a time that says nothing; both sides must be bytes, or texts of ASCII";
        Some(Proposal { message, safe: false, changes })
    }

    pub(super) fn plain_data(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let (base, name) = Self::written(call)?;
        if name != "load" || Self::is_open(call) {
            return None;
        }
        let message = "load data without code";
        if Self::base_is(base, "torch") {
            let changes = match Self::keyword(call, "weights_only") {
                None => vec![self.add_argument(call, whole, "weights_only=True")],
                Some(argument) => vec![change(argument.value.span, "True")],
            };
            return Some(Proposal { message, safe: true, changes });
        }
        if Self::base_is(base, "np") || Self::base_is(base, "numpy") {
            let argument = Self::keyword(call, "allow_pickle")?;
            let changes = vec![self.remove_argument(call, argument)?];
            return Some(Proposal { message, safe: true, changes });
        }
        None
    }

    pub(super) fn reject_unknown_hosts(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let policy = match &call.arguments.first()?.value.kind {
            ExprKind::Call(inner) => &inner.callee,
            _ => &call.arguments.first()?.value,
        };
        let ExprKind::Attribute(_, name) = &policy.kind else { return None };
        if !matches!(name.as_str(), "AutoAddPolicy" | "WarningPolicy") {
            return None;
        }
        let end = policy.span.end;
        let start = end - name.as_str().len() as u32;
        let changes = vec![change(Span { start, end }, "RejectPolicy")];
        let message = "reject hosts whose keys aren't known; they have to be loaded first";
        Some(Proposal { message, safe: false, changes })
    }

    /// A command that is a constant, without anything that a shell would do.
    pub(super) fn without_shell(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let (base, name) = Self::written(call)?;
        let is_process = matches!(name, "run" | "call" | "check_call" | "check_output" | "Popen");
        if !is_process || !Self::base_is(base, "subprocess") || Self::is_open(call) {
            return None;
        }
        let shell = Self::keyword(call, "shell")?;
        let command = call.arguments.first().filter(|first| first.kind == ArgumentKind::Positional)?;
        let ExprKind::Constant(Constant::String(text)) = &command.value.kind else { return None };
        let is_plain = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, ' ' | '-' | '_' | '.' | '/' | ':' | ',' | '+' | '@')
        };
        if !text.chars().all(is_plain) || text.trim().is_empty() {
            return None;
        }
        let words: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        let changes = vec![
            change(command.value.span, format!("[{}]", words.join(", "))),
            self.remove_argument(call, shell)?,
        ];
        Some(Proposal { message: "run the program without a shell", safe: true, changes })
    }
}
