//! Fixes of calls: another callee, another argument, one more, one less.

use vansire_python::ir::{ArgumentKind, Call, CompareOperator, Constant, Expr, ExprKind, Span};

use super::{Change, Fixer, Proposal, change};

/// Words of a line that say that a hash protects nothing.
const NOT_FOR_SECURITY: [&str; 8] =
    ["cache", "etag", "checksum", "fingerprint", "dedup", "shard", "bucket", "content_md5"];

/// Methods that `random` and its `SystemRandom` have in common, and `secrets` has not.
const SYSTEM_RANDOM: [&str; 10] = [
    "choice",
    "choices",
    "getrandbits",
    "randbytes",
    "randint",
    "random",
    "randrange",
    "sample",
    "shuffle",
    "uniform",
];

/// What a shell does itself: there is no program of that name, or it would do something else.
const SHELL_ONLY: [&str; 36] = [
    ".", ":", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "eval", "exec",
    "exit", "export", "fg", "hash", "jobs", "let", "local", "popd", "pushd", "read", "readonly", "return",
    "set", "shift", "source", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset",
    "wait",
];

impl<'a> Fixer<'a> {
    /// The dotted name of what is called, as it is written: `yaml.load`.
    fn written(call: &'a Call) -> Option<(&'a Expr, &'static str)> {
        match &call.callee.kind {
            ExprKind::Attribute(base, name) => Some((base, name.as_str())),
            _ => None,
        }
    }

    /// Puts another name in place of the last part of the callee's.
    pub(super) fn rename(call: &Call, name: &str, new: &str) -> Change {
        let end = call.callee.span.end;
        change(Span { start: end - name.len() as u32, end }, new)
    }

    pub(super) fn safe_yaml(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let (module, name) = self.called(call)?;
        let new = match name.as_str() {
            "load" | "unsafe_load" | "full_load" => "safe_load",
            "load_all" | "unsafe_load_all" | "full_load_all" => "safe_load_all",
            _ => return None,
        };
        if module != "yaml" || Self::is_open(call) {
            return None;
        }
        let mut changes = self.call_instead(call, "yaml", new)?;
        let loader = Self::keyword(call, "Loader").or_else(|| call.arguments.get(1));
        if let Some(loader) = loader {
            changes.push(self.remove_argument(call, whole, loader)?);
        }
        Some(Proposal { message: "load plain data only", safe: true, changes })
    }

    pub(super) fn verify(&self, span: Span) -> Option<Proposal> {
        if let Some(proposal) = self.verifying_context(span) {
            return Some(proposal);
        }
        let (call, whole) = self.call(span)?;
        if self.names.resolve(&call.callee).as_deref() == Some("ssl._create_unverified_context") {
            let changes = self.call_instead(call, "ssl", "create_default_context")?;
            return Some(Proposal { message: "verify certificates and host names", safe: true, changes });
        }
        let argument = Self::keyword(call, "verify").or_else(|| Self::keyword(call, "verify_ssl"))?;
        if !matches!(argument.value.kind, ExprKind::Constant(Constant::False)) {
            return None;
        }
        let changes = vec![self.remove_argument(call, whole, argument)?];
        Some(Proposal { message: "verify the server's certificate, as is the default", safe: true, changes })
    }

    pub(super) fn timeout(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        if Self::is_open(call) {
            return None;
        }
        let message = "wait 30 seconds, no longer";
        // The one whose own parameters are times.
        let is_time = self.names.resolve(&call.callee).as_deref() == Some("aiohttp.ClientTimeout");
        let name = if is_time { "total" } else { "timeout" };
        let changes = match Self::keyword(call, name) {
            None => vec![self.add_argument(call, whole, &format!("{name}=30"))?],
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
        let (module, name) = self.called(call)?;
        if module != "hashlib" {
            return None;
        }
        // What is a key of a cache and the like has to stay what it is.
        let line = self.source.line_text(self.source.text_line(span.start)).to_ascii_lowercase();
        if matches!(name.as_str(), "md5" | "sha1" | "new")
            && NOT_FOR_SECURITY.iter().any(|word| line.contains(word))
            && !Self::is_open(call)
        {
            let changes = match Self::keyword(call, "usedforsecurity") {
                None => vec![self.add_argument(call, whole, "usedforsecurity=False")?],
                Some(argument) => vec![change(argument.value.span, "False")],
            };
            let message = "say that nothing is protected by it";
            return Some(Proposal { message, safe: false, changes });
        }
        let message = "use SHA-256; what was stored under the old hash has to be hashed anew";
        let changes = match (name.as_str(), call.arguments.first()) {
            ("md5" | "sha1", _) => self.call_instead(call, "hashlib", "sha256")?,
            ("new", Some(argument)) if argument.kind == ArgumentKind::Positional => {
                match &argument.value.kind {
                    ExprKind::Constant(Constant::String(_)) => {
                        vec![change(argument.value.span, "\"sha256\"")]
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Proposal { message, safe: false, changes })
    }

    pub(super) fn secrets(&self, span: Span) -> Option<Proposal> {
        let (call, _) = self.call(span)?;
        let (module, name) = self.called(call)?;
        if module != "random" {
            return None;
        }
        let message = "take it from the system's generator";
        let one = match call.arguments.as_slice() {
            [argument] => Some(argument.kind),
            _ => None,
        };
        let new = match (name.as_str(), one) {
            ("choice", Some(ArgumentKind::Positional)) => "choice",
            ("randrange", Some(ArgumentKind::Positional)) => "randbelow",
            ("getrandbits", Some(ArgumentKind::Positional)) => "randbits",
            ("randbytes", Some(ArgumentKind::Positional)) => "token_bytes",
            (name, _) if SYSTEM_RANDOM.contains(&name) => {
                // The same methods, of a generator that can't be guessed.
                let changes = match &call.callee.kind {
                    ExprKind::Attribute(base, _) => {
                        let end = base.span.end;
                        vec![change(Span { start: end, end }, ".SystemRandom()")]
                    }
                    _ => self.call_instead(call, "random", &format!("SystemRandom().{name}"))?,
                };
                return Some(Proposal { message, safe: true, changes });
            }
            _ => return None,
        };
        let mut changes = vec![change(call.callee.span, format!("secrets.{new}"))];
        changes.extend(self.import("secrets")?);
        Some(Proposal { message, safe: true, changes })
    }

    pub(super) fn named_temporary_file(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        if self.names.resolve(&call.callee).as_deref() != Some("tempfile.mktemp") {
            return None;
        }
        let mut changes = self.call_instead(call, "tempfile", "NamedTemporaryFile")?;
        // By position the parameters of both differ.
        let mut parameters = ["suffix", "prefix", "dir"].into_iter();
        for argument in &call.arguments {
            match argument.kind {
                ArgumentKind::Keyword(_) => {}
                ArgumentKind::Positional => {
                    let start = self.start_of_argument(call, whole, argument)?;
                    changes.push(change(Span { start, end: start }, format!("{}=", parameters.next()?)));
                }
                _ => return None,
            }
        }
        let end = whole.span.end;
        changes.push(self.add_argument(call, whole, "delete=False")?);
        changes.push(change(Span { start: end, end }, ".name"));
        Some(Proposal {
            message: "make the file at once; it stays until it is removed",
            safe: false,
            changes,
        })
    }

    pub(super) fn extraction_filter(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let full = self.names.resolve(&call.callee);
        let last = full.as_deref().and_then(|full| full.rsplit('.').next());
        let name = Self::written(call).map(|(_, name)| name).or(last)?;
        if !matches!(name, "extractall" | "extract" | "unpack_archive") || Self::is_open(call) {
            return None;
        }
        let changes = match Self::keyword(call, "filter") {
            None => vec![self.add_argument(call, whole, "filter=\"data\"")?],
            Some(argument) => vec![change(argument.value.span, "\"data\"")],
        };
        Some(Proposal { message: "leave out members that lead elsewhere", safe: true, changes })
    }

    pub(super) fn debug_off(&self, span: Span) -> Option<Proposal> {
        let message = "switch the debugger off";
        if let Some(changes) = self.flag(span, false) {
            // Django serves nobody without `ALLOWED_HOSTS` then.
            return Some(Proposal { message, safe: false, changes });
        }
        let (call, _) = self.call(span)?;
        let argument = Self::keyword(call, "debug")?;
        if !matches!(argument.value.kind, ExprKind::Constant(Constant::True)) {
            return None;
        }
        let changes = vec![change(argument.value.span, "False")];
        Some(Proposal { message, safe: true, changes })
    }

    pub(super) fn cookie_flags(&self, span: Span) -> Option<Proposal> {
        if let Some(changes) = self.flag(span, true) {
            return Some(Proposal { message: "protect the cookie", safe: true, changes });
        }
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
                    ExprKind::Constant(_) => {}
                    // What it is can't be seen here.
                    _ => return None,
                },
            }
        }
        if !missing.is_empty() {
            changes.push(self.add_argument(call, whole, &missing.join(", "))?);
        }
        let message = "send the cookie over TLS only, hide it from scripts and other sites' requests";
        (!changes.is_empty()).then_some(Proposal { message, safe: true, changes })
    }

    pub(super) fn autoescape(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        let full = self.names.resolve(&call.callee);
        let is_environment = full.is_some_and(|full| full.rsplit('.').next() == Some("Environment"));
        if !is_environment || Self::is_open(call) {
            return None;
        }
        let changes = match Self::keyword(call, "autoescape") {
            None => vec![self.add_argument(call, whole, "autoescape=True")?],
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
        // A comment between the sides would be lost.
        let comments = |text: &str| text.matches('#').count();
        if comments(self.text(comparison)) > comments(self.text(left)) + comments(self.text(right)) {
            return None;
        }
        let text = format!("{negation}hmac.compare_digest({}, {})", self.text(left), self.text(right));
        let mut changes = vec![change(comparison.span, text)];
        changes.extend(self.import("hmac")?);
        let message = "compare in a time that says nothing; both sides must be bytes, or texts of ASCII";
        Some(Proposal { message, safe: false, changes })
    }

    pub(super) fn plain_data(&self, span: Span) -> Option<Proposal> {
        let (call, whole) = self.call(span)?;
        if Self::is_open(call) {
            return None;
        }
        let message = "load data without code";
        match self.names.resolve(&call.callee)?.as_str() {
            "torch.load" => {
                let changes = match Self::keyword(call, "weights_only") {
                    None => vec![self.add_argument(call, whole, "weights_only=True")?],
                    Some(argument) => vec![change(argument.value.span, "True")],
                };
                Some(Proposal { message, safe: true, changes })
            }
            "numpy.load" | "np.load" => {
                let argument = Self::keyword(call, "allow_pickle")?;
                let changes = vec![self.remove_argument(call, whole, argument)?];
                Some(Proposal { message, safe: true, changes })
            }
            "pickle.loads" | "cPickle.loads" => self.json_instead(),
            _ => None,
        }
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
        let (call, whole) = self.call(span)?;
        let (module, name) = self.called(call)?;
        let is_process = matches!(name.as_str(), "run" | "call" | "check_call" | "check_output" | "Popen");
        if !is_process || module != "subprocess" || Self::is_open(call) {
            return None;
        }
        let shell = Self::keyword(call, "shell")?;
        let command = call.arguments.first().filter(|first| first.kind == ArgumentKind::Positional)?;
        let ExprKind::Constant(Constant::String(text)) = &command.value.kind else { return None };
        let is_plain = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, ' ' | '-' | '_' | '.' | '/' | ':' | ',' | '+' | '@')
        };
        let program = text.split_whitespace().next()?;
        if !text.chars().all(is_plain) || SHELL_ONLY.contains(&program) {
            return None;
        }
        let words: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        let changes = vec![
            change(command.value.span, format!("[{}]", words.join(", "))),
            self.remove_argument(call, whole, shell)?,
        ];
        Some(Proposal { message: "run the program without a shell", safe: true, changes })
    }
}
