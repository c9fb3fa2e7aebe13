//! TLS contexts that verify nothing as long as nobody tells them to, and are used for connections to a server.

use vansire_finding::Confidence;
use vansire_python::ir::{
    ArgumentKind, Body, Call, Constant, Expr, ExprKind, Span, Stmt, StmtKind, TargetKind,
};
use vansire_python::{ProgramFile, Symbol, walk};

use super::{Inspector, Names, Remark, imports, last_name};
use crate::solve::purpose::words;

const RULE: &str = "tls-verification-disabled";

/// Methods and functions that make a connection to a server with the context that they are given.
const CLIENTS: [&str; 30] = [
    "urlopen",
    "HTTPSConnection",
    "HTTPSHandler",
    "open_connection",
    "create_connection",
    "open_unix_connection",
    "start_tls",
    "starttls",
    "stls",
    "SMTP_SSL",
    "IMAP4_SSL",
    "POP3_SSL",
    "NNTP_SSL",
    "FTP_TLS",
    "ServerProxy",
    "SafeTransport",
    "connect",
    "create_pool",
    "ws_connect",
    "Client",
    "AsyncClient",
    "HTTPTransport",
    "AsyncHTTPTransport",
    "TCPConnector",
    "ClientSession",
    "PoolManager",
    "ProxyManager",
    "init_poolmanager",
    "Elasticsearch",
    "WebSocketApp",
];

/// The same where a server is what is made.
const SERVERS: [&str; 18] = [
    "start_server",
    "start_unix_server",
    "create_server",
    "create_unix_server",
    "serve",
    "serve_forever",
    "run",
    "run_app",
    "run_simple",
    "make_server",
    "listen",
    "HTTPServer",
    "TCPServer",
    "ThreadingHTTPServer",
    "WSGIServer",
    "TCPSite",
    "Server",
    "make_ssl_devcert",
];

/// What a context is kept under: a variable, or an attribute of an object that a variable holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Variable(Symbol),
    Attribute(Symbol, Symbol),
}

impl Place {
    fn of(expression: &Expr) -> Option<Self> {
        match &expression.kind {
            ExprKind::Name(_, name) => Some(Self::Variable(*name)),
            ExprKind::Attribute(base, name) => match &base.kind {
                ExprKind::Name(_, base) => Some(Self::Attribute(*base, *name)),
                _ => None,
            },
            _ => None,
        }
    }

    fn of_target(target: &TargetKind) -> Option<Self> {
        match target {
            TargetKind::Name(_, name) => Some(Self::Variable(*name)),
            TargetKind::Attribute(base, name) => match &base.kind {
                ExprKind::Name(_, base) => Some(Self::Attribute(*base, *name)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The name that every body mentions which has to do with it.
    fn name(self) -> Symbol {
        match self {
            Self::Variable(name) | Self::Attribute(_, name) => name,
        }
    }
}

/// Which library makes the context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Standard,
    PyOpenSsl,
}

/// What is done with a context.
#[derive(Default)]
struct Uses {
    /// Somebody says what is verified, right or wrong, or may do so.
    decided: bool,
    /// Certificates are verified.
    verified: bool,
    /// Names of hosts are compared.
    named: bool,
    client: bool,
    server: bool,
    /// It leaves the body: returned, kept, or passed on.
    leaves: bool,
}

impl Inspector<'_> {
    pub(super) fn contexts(&mut self, file: &ProgramFile, names: &Names) {
        if !self.rules.contains_key(RULE) || file.is_test || !imports(file, &["ssl", "OpenSSL"]) {
            return;
        }
        for (at, body) in file.ir.bodies.iter().enumerate() {
            let mut found: Vec<(Span, Remark)> = Vec::new();
            walk::statements(&body.block, &mut |statement| {
                let kept = match &statement.kind {
                    StmtKind::Assign { targets, value, .. } => Some((
                        value.span,
                        targets.iter().filter_map(|one| Place::of_target(&one.kind)).collect::<Vec<_>>(),
                    )),
                    _ => None,
                };
                walk::expressions(statement, &mut |expression| {
                    walk::within(expression, &mut |one| {
                        let ExprKind::Call(call) = &one.kind else { return };
                        let Some(library) = self.makes(names, call) else {
                            if let Some(span) = self.used_at_once(names, call) {
                                let message = "the context verifies nothing as long as nobody tells it to";
                                found.push((span, Remark::new(RULE, message, Confidence::High)));
                            }
                            return;
                        };
                        let places: Vec<Place> = match &kept {
                            Some((span, places)) if *span == one.span => places.clone(),
                            _ => Vec::new(),
                        };
                        if places.is_empty() {
                            return;
                        }
                        let uses = self.uses(file, at, places, names, library);
                        found
                            .extend(judge(file, body, library, call, &uses).map(|remark| (one.span, remark)));
                    });
                });
            });
            for (span, remark) in found {
                self.report(file, body.qualified_name, span, remark);
            }
        }
    }

    /// Whether a call makes a context that verifies nothing by itself.
    fn makes(&self, names: &Names, call: &Call) -> Option<Library> {
        let callee = names.dotted(self.models, &call.callee)?;
        let first = argument(call, 0, &["protocol", "method"]);
        let given = first.and_then(|first| names.plain(first));
        let given = given.map(Symbol::as_str);
        match callee.as_str() {
            "ssl.SSLContext" => {
                // A protocol that isn't known may be one that verifies.
                let bare = match (first, given) {
                    (None, _) => call.arguments.is_empty(),
                    (_, Some(name)) => {
                        name.starts_with("ssl.PROTOCOL_")
                            && !matches!(name, "ssl.PROTOCOL_TLS_CLIENT" | "ssl.PROTOCOL_TLS_SERVER")
                    }
                    _ => false,
                };
                bare.then_some(Library::Standard)
            }
            "ssl.create_default_context" => {
                let purpose = argument(call, 0, &["purpose"]).and_then(|one| names.plain(one))?;
                (purpose.as_str() == "ssl.Purpose.CLIENT_AUTH").then_some(Library::Standard)
            }
            "OpenSSL.SSL.Context" => (!given?.ends_with("SERVER_METHOD") && given?.ends_with("_METHOD"))
                .then_some(Library::PyOpenSsl),
            _ => None,
        }
    }

    /// `ssl.SSLContext().wrap_socket(…)`, `urlopen(address, context=ssl.SSLContext())`
    fn used_at_once(&self, names: &Names, call: &Call) -> Option<Span> {
        let makes = |one: &Expr| matches!(&one.kind, ExprKind::Call(inner) if self.makes(names, inner) == Some(Library::Standard));
        if let ExprKind::Attribute(base, method) = &call.callee.kind
            && makes(base)
            && matches!(method.as_str(), "wrap_socket" | "wrap_bio")
            && !is_server_side(call)
        {
            return Some(base.span);
        }
        let name = last_name(&call.callee)?;
        if !CLIENTS.contains(&name.as_str()) {
            return None;
        }
        call.arguments.iter().map(|one| &one.value).find(|one| makes(one)).map(|one| one.span)
    }

    /// What the body, and others where they share it, do with a context.
    fn uses(
        &self,
        file: &ProgramFile,
        at: usize,
        mut places: Vec<Place>,
        names: &Names,
        library: Library,
    ) -> Uses {
        let own = &file.ir.bodies[at];
        let shared = own.parent.is_none() || places.iter().any(|one| matches!(one, Place::Attribute(..)));
        let mut uses = Uses::default();
        // Once for other names of it, once with all of them.
        for _ in 0..2 {
            for (number, body) in file.ir.bodies.iter().enumerate() {
                let inner = body.parent.is_some_and(|parent| parent.0 as usize == at);
                let mentioned = places.iter().any(|place| body.mentions.contains(&place.name()));
                if number != at && !(mentioned && (inner || shared)) {
                    continue;
                }
                walk::statements(&body.block, &mut |statement| {
                    self.see(statement, body, &mut places, names, library, &mut uses);
                });
            }
        }
        // Who calls the function that gives it may say more.
        if uses.leaves && own.parent.is_some() {
            uses.decided |= file.ir.bodies.iter().enumerate().any(|(number, body)| {
                number != at && body.mentions.contains(&own.name) && self.decides(body)
            });
        }
        uses
    }

    fn decides(&self, body: &Body) -> bool {
        ["verify_mode", "check_hostname", "set_verify"]
            .iter()
            .any(|name| body.mentions.contains(&Symbol::new(name)))
    }

    fn see(
        &self,
        statement: &Stmt,
        body: &Body,
        places: &mut Vec<Place>,
        names: &Names,
        library: Library,
        uses: &mut Uses,
    ) {
        match &statement.kind {
            StmtKind::Assign { targets, value, .. } => {
                for target in targets {
                    if let TargetKind::Attribute(base, name) = &target.kind
                        && Place::of(base).is_some_and(|place| places.contains(&place))
                    {
                        match name.as_str() {
                            "verify_mode" => {
                                uses.decided = true;
                                uses.verified |=
                                    last_name(value).is_some_and(|one| one.as_str() != "CERT_NONE");
                            }
                            "check_hostname" => {
                                uses.decided = true;
                                uses.named |= !matches!(value.kind, ExprKind::Constant(Constant::False));
                            }
                            _ => {}
                        }
                    }
                    // Another name of the same thing.
                    if Place::of(value).is_some_and(|place| places.contains(&place))
                        && let Some(place) = Place::of_target(&target.kind)
                        && !places.contains(&place)
                    {
                        places.push(place);
                        uses.leaves |= matches!(place, Place::Attribute(..));
                    }
                }
            }
            StmtKind::Return(Some(value)) => {
                uses.leaves |= Place::of(value).is_some_and(|place| places.contains(&place));
            }
            _ => {}
        }
        walk::expressions(statement, &mut |expression| {
            walk::within(expression, &mut |one| {
                if let ExprKind::Call(call) = &one.kind {
                    self.see_call(call, body, places, names, library, uses);
                }
            });
        });
    }

    fn see_call(
        &self,
        call: &Call,
        body: &Body,
        places: &[Place],
        names: &Names,
        library: Library,
        uses: &mut Uses,
    ) {
        let is_it = |one: &Expr| Place::of(one).is_some_and(|place| places.contains(&place));
        if let ExprKind::Attribute(base, method) = &call.callee.kind
            && is_it(base)
        {
            match method.as_str() {
                "wrap_socket" | "wrap_bio" if is_server_side(call) => uses.server = true,
                "wrap_socket" | "wrap_bio" => uses.client = true,
                "set_verify" => uses.decided = true,
                "use_privatekey" | "use_privatekey_file" => uses.server |= library == Library::PyOpenSsl,
                _ => {}
            }
            return;
        }
        let Some(at) = call.arguments.iter().position(|argument| is_it(&argument.value)) else { return };
        let Some(name) = last_name(&call.callee) else { return };
        if library == Library::PyOpenSsl {
            // A connection begins as whoever tells it to.
            if names
                .dotted(self.models, &call.callee)
                .is_some_and(|name| name.as_str() == "OpenSSL.SSL.Connection")
            {
                let mentions = |name: &str| body.mentions.contains(&Symbol::new(name));
                uses.server |= mentions("set_accept_state") || mentions("accept") || mentions("listen");
                uses.client |= mentions("set_connect_state") || mentions("connect");
            } else {
                uses.decided = true;
            }
            return;
        }
        if name.as_str() == "setattr" {
            uses.decided = true;
        } else if SERVERS.contains(&name.as_str()) {
            uses.server = true;
        } else if CLIENTS.contains(&name.as_str()) {
            uses.client = true;
        } else {
            uses.leaves = true;
            // A function of the project's that sees to it.
            let decides = self
                .program
                .files()
                .any(|(_, file)| file.ir.bodies.iter().any(|body| body.name == name && self.decides(body)));
            let keyword = matches!(call.arguments[at].kind, ArgumentKind::Keyword(_));
            uses.decided |= decides;
            uses.server |=
                keyword && words(name.as_str()).iter().any(|word| word == "server" || word == "listener");
        }
    }
}

fn judge(file: &ProgramFile, body: &Body, library: Library, call: &Call, uses: &Uses) -> Option<Remark> {
    let says_server =
        |name: &str| words(name).iter().any(|word| matches!(word.as_str(), "server" | "listener"));
    if uses.server {
        return None;
    }
    if library == Library::PyOpenSsl {
        if uses.decided || !uses.client {
            return None;
        }
        let message = "without `set_verify`, connections with this context verify no certificate";
        return Some(Remark::new(RULE, message, Confidence::High));
    }
    if uses.decided {
        // Certificates of whoever has one: any other server of the same authorities will do.
        let public = file.ir.bodies.iter().any(|body| {
            ["load_default_certs", "set_default_verify_paths"]
                .iter()
                .any(|name| body.mentions.contains(&Symbol::new(name)))
        });
        let message = "without `check_hostname = True`, the certificate of any other server will do";
        return (uses.verified && !uses.named && uses.client && public)
            .then(|| Remark::new(RULE, message, Confidence::Medium));
    }
    let message = if call.arguments.is_empty() || last_name(&call.callee)?.as_str() == "SSLContext" {
        "the context verifies neither certificate nor host name: use `ssl.create_default_context()`"
    } else {
        "a context for `Purpose.CLIENT_AUTH` is a server's: it doesn't verify who is at the other end"
    };
    if uses.client {
        let confidence = if uses.leaves { Confidence::Medium } else { Confidence::High };
        return Some(Remark::new(RULE, message, confidence));
    }
    // Of one that is given away, only a certificate of its own tells that a server has it.
    let has_own = body.mentions.contains(&Symbol::new("load_cert_chain"));
    (uses.leaves && !has_own && !says_server(body.qualified_name.as_str()))
        .then(|| Remark::new(RULE, message, Confidence::Low))
}

fn is_server_side(call: &Call) -> bool {
    call.arguments.iter().any(|argument| match argument.kind {
        ArgumentKind::Keyword(name) => {
            name.as_str() == "server_side"
                && !matches!(argument.value.kind, ExprKind::Constant(Constant::False))
        }
        ArgumentKind::DoubleStarred => true,
        _ => false,
    })
}

fn argument<'c>(call: &'c Call, position: usize, names: &[&str]) -> Option<&'c Expr> {
    let by_name = call
        .arguments
        .iter()
        .find(|one| matches!(one.kind, ArgumentKind::Keyword(name) if names.contains(&name.as_str())));
    let by_position = || call.arguments.get(position).filter(|one| one.kind == ArgumentKind::Positional);
    by_name.or_else(by_position).map(|one| &one.value)
}
