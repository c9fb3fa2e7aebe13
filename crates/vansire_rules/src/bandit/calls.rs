//! Tests of calls.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use vansire_finding::{Confidence, Severity};
use vansire_python::Symbol;
use vansire_python::ir::{ArgumentKind, Body, Call, Constant, Expr, ExprKind, Span};

use super::literal::{Arguments, Literal};
use super::names::Package;
use super::strings::{defaults, is_password_name};
use super::walk::{Checker, Parents};
use super::{blacklist, crypto, processes};
use vansire_python::walk;

const REQUESTS: [&str; 7] = ["get", "options", "head", "post", "put", "patch", "delete"];
const HTTPX: [&str; 4] = ["request", "stream", "Client", "AsyncClient"];

/// Last names that tests here and elsewhere ask about; those of the blacklist come in addition.
const NAMES: [&str; 44] = [
    "run",
    "extra",
    "RawSQL",
    "mark_safe",
    "SafeText",
    "SafeUnicode",
    "SafeString",
    "SafeBytes",
    "exec",
    "extractall",
    "exec_command",
    "Environment",
    "Template",
    "listen",
    "Markup",
    "load",
    "CommunityData",
    "UsmUserData",
    "set_missing_host_key_policy",
    "import_module",
    "__import__",
    "from_pretrained",
    "load_dataset",
    "hf_hub_download",
    "snapshot_download",
    "repository_id",
    "get",
    "options",
    "head",
    "post",
    "put",
    "patch",
    "delete",
    "request",
    "stream",
    "Client",
    "AsyncClient",
    "generate_private_key",
    "generate",
    "wrap_socket",
    "Context",
    "new",
    "crypt",
    "mksalt",
];

/// A call that is looked at.
pub struct Site<'p, 'a> {
    pub call: &'a Call,
    pub arguments: Arguments<'a>,
    pub span: Span,
    pub parents: &'p Parents<'p, 'a>,
    /// The full name of what is called.
    pub full: String,
}

impl Site<'_, '_> {
    /// The last part of the full name.
    pub fn name(&self) -> &str {
        self.full.rsplit('.').next().unwrap_or(&self.full)
    }

    pub fn has_part(&self, part: &str) -> bool {
        self.full.split('.').any(|one| one == part)
    }

    fn root(&self) -> &str {
        self.full.split('.').next().unwrap_or_default()
    }
}

impl<'a> Checker<'a> {
    pub(super) fn call(&mut self, call: &'a Call, span: Span, parents: &Parents<'_, 'a>) {
        let arguments = Arguments(call);
        self.password_arguments(call, span);
        let last = match &call.callee.kind {
            ExprKind::Name(_, name) => self.imports.alias(*name).unwrap_or(*name),
            ExprKind::Attribute(_, name) => *name,
            _ => Symbol::new(""),
        };
        let has_marked_keyword = call.arguments.iter().any(|argument| {
            matches!(argument.kind, ArgumentKind::Keyword(name)
                if matches!(name.as_str(), "shell" | "method" | "ssl_version"))
        });
        if !has_marked_keyword && !self.is_interesting(last) {
            return;
        }
        let mut full = String::new();
        self.imports.qualify(&call.callee, &mut full);
        let site = Site { call, arguments, span, parents, full };
        self.blacklisted(&site);
        self.flask_debug(&site);
        self.chmod(&site);
        self.requests(&site);
        self.archive(&site);
        self.templates(&site);
        self.loaders(&site);
        self.hugging_face(&site);
        self.transports(&site);
        self.processes(&site);
        self.crypto(&site);
        self.markup(&site);
        self.django_queries(&site);
        if site.full == "exec" {
            self.report("B102", Severity::Medium, Confidence::High, span, "`exec` runs what it is given");
        }
        if site.full == "logging.config.listen" && arguments.keyword("verify").is_none() {
            let message = "Whoever reaches this port configures logging, with code of their own";
            self.report("B612", Severity::Medium, Confidence::High, span, message);
        }
    }

    /// Whether some test asks about calls of something with this name, or of this full name's last part.
    fn is_interesting(&mut self, name: Symbol) -> bool {
        if let Some(&known) = self.interesting.get(&name) {
            return known;
        }
        let text = name.as_str();
        let last = text.rsplit('.').next().unwrap_or(text);
        static ALL: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
            let own = NAMES.into_iter().chain(crypto::NAMES);
            own.chain(processes::names()).chain(blacklist::last_names()).collect()
        });
        let known = ALL.contains(last)
            || last.contains("chmod")
            || last.contains("extractall")
            || self.options.last_names().any(|name| name == last);
        self.interesting.insert(name, known);
        known
    }

    fn password_arguments(&mut self, call: &'a Call, span: Span) {
        for argument in &call.arguments {
            let ArgumentKind::Keyword(name) = argument.kind else { continue };
            if matches!(argument.value.kind, ExprKind::Constant(Constant::String(_)))
                && is_password_name(name.as_str())
                && self.is_string(&argument.value)
            {
                self.hardcoded_password("B106", argument.value.span, span);
                return;
            }
        }
    }

    /// Reports at the value of a keyword where there is one, else at the call.
    pub(super) fn report_call(
        &mut self,
        site: &Site<'_, 'a>,
        test: &'static str,
        severity: Severity,
        confidence: Confidence,
        keyword: Option<&str>,
        message: &str,
    ) {
        let place =
            keyword.and_then(|name| site.arguments.keyword(name)).map_or(site.span, |value| value.span);
        self.report_at(test, severity, confidence, place, site.span, message);
    }

    fn blacklisted(&mut self, site: &Site<'_, 'a>) {
        let dynamic;
        let name = match &site.call.callee.kind {
            ExprKind::Name(_, name) if name.as_str() == "__import__" => {
                match site.arguments.positional().next() {
                    Some(Expr { kind: ExprKind::Constant(Constant::String(name)), .. }) => &**name,
                    _ => return,
                }
            }
            _ if matches!(site.full.as_str(), "importlib.import_module" | "importlib.__import__") => {
                dynamic = match site.arguments.count() {
                    0 => site.arguments.value("name"),
                    _ => site.arguments.at(0),
                };
                match dynamic.text() {
                    Some(name) => name,
                    None => return,
                }
            }
            _ => site.full.as_str(),
        };
        if let Some(entry) = blacklist::call(name) {
            self.report(entry.test, entry.severity, Confidence::High, site.span, entry.message);
        }
    }

    fn flask_debug(&mut self, site: &Site<'_, 'a>) {
        if site.full.strip_suffix("run").is_some_and(|rest| rest.ends_with('.'))
            && self.imports.has_package(Package::Flask)
            && site.arguments.check("debug", &["True"]) == Some(true)
        {
            let message = "Flask's debugger runs code for everybody who reaches it";
            self.report_call(site, "B201", Severity::High, Confidence::Medium, Some("debug"), message);
        }
    }

    fn chmod(&mut self, site: &Site<'_, 'a>) {
        if !site.name().contains("chmod") || site.arguments.count() != 2 {
            return;
        }
        // Write for the group, execute for the group, write and execute for others.
        let Literal::Integer(mode) = site.arguments.at(1) else { return };
        if mode & 0o033 != 0 {
            let severity = if mode & 0o002 != 0 { Severity::High } else { Severity::Medium };
            let message = format!("The mode {mode:#o} lets others write to the file or run it");
            self.report_call(site, "B103", severity, Confidence::High, None, &message);
        }
    }

    fn requests(&mut self, site: &Site<'_, 'a>) {
        let is_requests = site.root() == "requests" && REQUESTS.contains(&site.name());
        let is_httpx =
            site.root() == "httpx" && (HTTPX.contains(&site.name()) || REQUESTS.contains(&site.name()));
        if !is_requests && !is_httpx {
            return;
        }
        if site.arguments.check("verify", &["False"]) == Some(true) {
            let message = "The server's certificate isn't verified";
            self.report_call(site, "B501", Severity::High, Confidence::High, Some("verify"), message);
        }
        let timeout = site.arguments.check("timeout", &["None"]);
        if (is_requests && timeout.is_none()) || timeout == Some(true) {
            let message = "The request waits for ever";
            self.report_call(site, "B113", Severity::Medium, Confidence::Low, None, message);
        }
    }

    fn archive(&mut self, site: &Site<'_, 'a>) {
        if !site.name().contains("extractall") || !self.imports.has("tarfile") {
            return;
        }
        let filter = site.arguments.keyword("filter");
        if filter.is_some_and(|filter| self.is_string(filter) && Literal::of(filter).is("data")) {
            return;
        }
        let (severity, confidence) = match site.arguments.keyword("members") {
            None => (Severity::High, Confidence::High),
            Some(Expr { kind: ExprKind::Call(call), .. }) => match call.callee.kind {
                ExprKind::Name(..) => (Severity::Low, Confidence::Low),
                _ => return,
            },
            Some(_) => (Severity::Medium, Confidence::Medium),
        };
        let message = "Members of the archive can be written outside of the folder";
        self.report_call(site, "B202", severity, confidence, None, message);
    }

    fn templates(&mut self, site: &Site<'_, 'a>) {
        if site.name() == "Template" && site.has_part("mako") {
            let message = "Mako escapes nothing unless it is told to";
            self.report_call(site, "B702", Severity::Medium, Confidence::High, None, message);
        }
        if site.name() != "Environment" || !site.has_part("jinja2") {
            return;
        }
        let message = "Nothing that the template shows is escaped";
        let confidence = match self.autoescape(site.call) {
            None => Confidence::High,
            Some(value) => match &value.kind {
                ExprKind::Constant(Constant::False) => Confidence::High,
                ExprKind::Constant(Constant::True) => return,
                ExprKind::Call(call) if super::strings::called_name(call) == Some("select_autoescape") => {
                    return;
                }
                _ => Confidence::Medium,
            },
        };
        self.report_call(site, "B701", Severity::High, confidence, None, message);
    }

    /// The value of the keyword `autoescape` that is nearest to the call, in breadth.
    fn autoescape(&self, call: &'a Call) -> Option<&'a Expr> {
        let keyword = |call: &'a Call| Arguments(call).keyword("autoescape");
        if let Some(value) = keyword(call) {
            return Some(value);
        }
        let mut level: Vec<&'a Expr> = call.arguments.iter().map(|one| &one.value).collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for expression in level {
                if let ExprKind::Call(inner) = &expression.kind
                    && let Some(value) = keyword(inner)
                {
                    return Some(value);
                }
                walk::children(expression, &mut |inner| next.push(inner));
            }
            level = next;
        }
        None
    }

    fn loaders(&mut self, site: &Site<'_, 'a>) {
        if site.name() != "load" {
            return;
        }
        if site.has_part("yaml") && self.imports.has("yaml") {
            let is_safe = |value: Literal<'_>| value.is("SafeLoader") || value.is("CSafeLoader");
            if !is_safe(site.arguments.value("Loader")) && !is_safe(site.arguments.at(1)) {
                let message = "YAML can make objects of any class";
                self.report_call(site, "B506", Severity::Medium, Confidence::High, None, message);
            }
        }
        if matches!(site.full.as_str(), "torch.load" | "torch.serialization.load")
            && self.imports.has("torch")
            && !site.arguments.value("weights_only").is("True")
        {
            let message = "A model is unpickled: that runs code which the file names";
            self.report_call(site, "B614", Severity::Medium, Confidence::High, Some("load"), message);
        }
    }

    fn hugging_face(&mut self, site: &Site<'_, 'a>) {
        let package = match site.name() {
            "from_pretrained" => "transformers",
            "load_dataset" => "datasets",
            "hf_hub_download" | "snapshot_download" | "repository_id" => "huggingface_hub",
            _ => return,
        };
        if !site.has_part(package) || !self.imports.has_package(Package::HuggingFace) {
            return;
        }
        let given = ["revision", "commit_id"].map(|name| site.arguments.keyword(name));
        if given.iter().flatten().any(|value| !matches!(value.kind, ExprKind::Constant(_))) {
            return;
        }
        let [revision, commit] = ["revision", "commit_id"].map(|name| site.arguments.value(name));
        let revision = if revision.is_true() { revision } else { commit };
        if let Some(revision) = revision.text() {
            let revision = revision.trim_matches(['"', '\'']);
            if revision.len() >= 7 && revision.chars().all(|character| character.is_ascii_hexdigit()) {
                return;
            }
        }
        if let Some(first) = site.arguments.at(0).text()
            && ["./", "/", "../"].iter().any(|start| first.starts_with(start))
        {
            return;
        }
        let message = "The newest version is downloaded, whoever has changed it";
        self.report_call(site, "B615", Severity::Medium, Confidence::High, None, message);
    }

    fn transports(&mut self, site: &Site<'_, 'a>) {
        match site.name() {
            "CommunityData" if site.full == "pysnmp.hlapi.CommunityData" => {
                if matches!(site.arguments.value("mpModel"), Literal::Integer(0 | 1)) {
                    let message = "SNMP 1 and 2 send everything in clear text";
                    self.report_call(site, "B508", Severity::Medium, Confidence::High, None, message);
                }
            }
            "UsmUserData" if site.full == "pysnmp.hlapi.UsmUserData" && site.arguments.count() < 3 => {
                let message = "SNMP 3 without a privacy key sends everything in clear text";
                self.report_call(site, "B509", Severity::Medium, Confidence::High, None, message);
            }
            "set_missing_host_key_policy" if self.imports.has_package(Package::Paramiko) => {
                let policy = site.arguments.positional().next().map(|policy| match &policy.kind {
                    ExprKind::Call(call) => &call.callee.kind,
                    kind => kind,
                });
                if let Some(ExprKind::Name(_, name) | ExprKind::Attribute(_, name)) = policy
                    && matches!(name.as_str(), "AutoAddPolicy" | "WarningPolicy")
                {
                    let message = "Every host's key is accepted";
                    self.report_call(site, "B507", Severity::High, Confidence::Medium, None, message);
                }
            }
            "exec_command" if self.imports.has_package(Package::Paramiko) => {
                let message = "A command is run on another host";
                self.report_call(site, "B601", Severity::Medium, Confidence::Medium, None, message);
            }
            _ => {}
        }
    }

    fn django_queries(&mut self, site: &Site<'_, 'a>) {
        match site.name() {
            "extra" if self.is_composed_extra(site) => {
                let message = "SQL goes into the query as it is";
                self.report_call(site, "B610", Severity::Medium, Confidence::Medium, None, message);
            }
            "RawSQL" if self.imports.has_package(Package::DjangoModels) => {
                let is_composed = match site.arguments.count() {
                    0 => site.arguments.keyword("sql").is_some_and(|sql| !self.is_string(sql)),
                    _ => site.arguments.first().is_none_or(|sql| !self.is_string(sql)),
                };
                if is_composed {
                    let message = "SQL goes into the query as it is";
                    self.report_call(site, "B611", Severity::Medium, Confidence::Medium, None, message);
                }
            }
            _ => {}
        }
    }

    /// Whether `QuerySet.extra` is given something else than string literals for the parts that are SQL.
    fn is_composed_extra(&self, site: &Site<'_, 'a>) -> bool {
        let argument = |name: &str, index: usize| {
            // What is given by position counts where both are.
            let positional = site.arguments.positional().nth(index);
            positional.or_else(|| site.arguments.keyword(name))
        };
        let is_composed_list = |value: &Expr| match &value.kind {
            ExprKind::List(items) => !items.iter().all(|item| self.is_string(item)),
            _ => true,
        };
        let lists = [argument("where", 1), argument("tables", 3)];
        if lists.into_iter().flatten().any(is_composed_list) {
            return true;
        }
        argument("select", 0).is_some_and(|select| match &select.kind {
            ExprKind::Dict(items) => !items.iter().all(|(key, value)| {
                key.as_ref().is_some_and(|key| self.is_string(key)) && self.is_string(value)
            }),
            _ => true,
        })
    }

    /// Defaults that name an old protocol.
    pub(super) fn protocol_defaults(&mut self, body: &'a Body) {
        let names = defaults(body).filter_map(|default| match &default.kind {
            ExprKind::Attribute(_, name) => Some(name.as_str()),
            _ => None,
        });
        if names.into_iter().any(|name| self.options.old_protocols.iter().any(|old| old == name)) {
            let message = "An old protocol is the default";
            self.report("B503", Severity::Medium, Confidence::Medium, body.span, message);
        }
    }
}
