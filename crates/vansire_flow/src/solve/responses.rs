//! Responses: what a handler returns, and whether browsers show it as a page.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, Constant, Identity, Key, Object, ObjectId, ObjectKind, Ref, Root, Value};
use crate::markup::Engine;
use crate::model::Entry;
use crate::text::SinkKind;

/// Where it is kept which type of content the application announced.
const ANNOUNCED: &str = "<response of a WSGI application>";

/// Where a handler keeps which type of content it has announced.
pub(super) const ANNOUNCED_TYPE: &str = "<type of content>";

impl<'p> Solver<'p> {
    /// Whether what is written to this receiver is shown as no page, by what was said of its type before.
    pub(super) fn writes_no_page(&mut self, frame: &mut Frame<'p>, receiver: &Value) -> bool {
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return false };
        let object = self.object(frame, *id);
        [ANNOUNCED_TYPE, "content_type", "mimetype"]
            .into_iter()
            .find_map(|name| object.field(Symbol::new(name)))
            .is_some_and(is_no_page)
    }

    /// Whether the project's own `finish`, which every answer of such a handler comes to, says that it is no page.
    pub(super) fn finishes_no_page(&mut self, frame: &mut Frame<'p>, receiver: &Value, span: Span) -> bool {
        const FINISH: &str = "finish";
        if frame.ir.name.as_str() == FINISH {
            return false;
        }
        let Some(method) = self.special_method(frame, receiver, FINISH) else { return false };
        if !method
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Bound(bound) if matches!(bound.0, Ref::Function(..))))
        {
            return false;
        }
        // It is called later: only what it says of the type counts here.
        let (state, hits) = (frame.state.clone(), frame.hits.len());
        self.call(frame, &method, &Arguments::default(), span);
        let no_page = self.writes_no_page(frame, receiver);
        frame.state = state;
        frame.hits.truncate(hits);
        no_page
    }

    /// The value that a body returns, where somebody sends it on.
    pub(super) fn respond(&mut self, frame: &mut Frame<'p>, value: &Value) {
        if let Some(renderers) = self.renderers.get(&frame.body).cloned() {
            let span = frame.statement;
            for (template, engine) in renderers {
                self.render_result(frame, template, engine, value, span);
            }
        }
        if let Some(&kind) = self.results.get(&frame.body) {
            self.answered(frame, kind, value);
        } else if self.responders.contains(&frame.body) {
            self.responded(frame, value);
        } else if frame.ir.parameters.iter().any(|one| one.name.as_str() == "start_response") {
            let announced = self.object(frame, ObjectId::External(Symbol::new(ANNOUNCED)));
            let html = announced
                .field(Symbol::new("html"))
                .is_some_and(|html| html.constants.contains(&Constant::Boolean(true)));
            if html {
                let span = frame.statement;
                self.sink(frame, SinkKind::Html, value, span, Symbol::new("the response"));
            }
        }
    }

    /// What becomes of what a method returns: a page, or JSON unless it is a response already.
    pub(super) fn note_result(&mut self, method: Option<BodyIndex>, known_by: Symbol, entry: &Entry) {
        let Some(method) = method else { return };
        match entry.result {
            Some(kind) => self.answers(method, kind),
            None if known_by.as_str().starts_with("flask_rest") => {
                self.responders.insert(method);
            }
            None => {}
        }
    }

    /// Of what is sent as JSON otherwise, a response that was made by hand is sent as it is.
    fn responded(&mut self, frame: &mut Frame<'p>, value: &Value) {
        let mut parts = Value::undefined();
        for reference in &value.refs.clone() {
            if let Ref::Object(id) = reference
                && let Some(content) = self.response_content(frame, *id)
            {
                parts = parts.join(&content);
            }
        }
        if !parts.is_undefined() {
            let span = frame.statement;
            self.sink(frame, SinkKind::Html, &parts, span, Symbol::new("the response"));
        }
    }

    /// A decorator hands what a view returns to a template.
    pub(super) fn add_renderer(&mut self, view: BodyIndex, renderer: &Value) {
        let Some(name) = renderer.as_string() else { return };
        // `package:folder/name` names a file of a package.
        let path = name.rsplit(':').next().unwrap_or(name).trim_start_matches("../").trim_start_matches("./");
        let engine = match path.rsplit_once('.') {
            Some((_, "mako" | "mak")) => Engine::Mako,
            Some((_, "jinja2" | "html" | "htm" | "j2")) => Engine::Jinja,
            _ => return,
        };
        let all = self.renderers.entry(view).or_default();
        let one = (Symbol::new(path), engine);
        if !all.contains(&one) {
            all.push(one);
        }
    }

    /// A framework sends the result on, as the body of a response.
    fn answered(&mut self, frame: &mut Frame<'p>, kind: SinkKind, value: &Value) {
        let mut body = value.clone();
        // `return text, status, headers`
        if let [Ref::Tuple(elements)] = value.refs.as_slice()
            && !value.other
        {
            for part in elements.iter().skip(1) {
                let Some((entries, _)) = self.known_entries(frame, part) else { continue };
                self.answered_headers(frame, &entries);
                if entries.iter().any(|(key, value)| is_content_type(key) && is_no_page(value)) {
                    return;
                }
            }
            body = elements.first().cloned().unwrap_or_default();
        }
        let span = frame.statement;
        let mut parts = Value::undefined();
        for reference in &body.refs.clone() {
            if let Ref::Object(id) = reference
                && let Some(content) = self.response_content(frame, *id)
            {
                parts = parts.join(&content);
            }
        }
        if !parts.is_undefined() {
            self.sink(frame, kind, &parts, span, Symbol::new("the response"));
            return;
        }
        // Responses and structures answer for themselves.
        if body
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Instance(name) if name.as_str() != "markupsafe.Markup"))
        {
            return;
        }
        if !body.refs.is_empty()
            && body.refs.iter().all(|one| match one {
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Dictionary | ObjectKind::List => true,
                    ObjectKind::External(name) => name.as_str() != "markupsafe.Markup",
                    _ => false,
                },
                Ref::Instance(name) => name.as_str() != "markupsafe.Markup",
                _ => false,
            })
        {
            return;
        }
        self.sink(frame, kind, &body, span, Symbol::new("the response"));
    }

    /// The type of content among the headers that stand with a body in a tuple.
    pub(super) fn said_type(&mut self, frame: &mut Frame<'p>, parts: &[Value]) -> Option<Value> {
        for part in parts {
            let Some((entries, _)) = self.known_entries(frame, part) else { continue };
            if let Some((_, value)) = entries.into_iter().find(|(key, _)| is_content_type(key)) {
                return Some(value);
            }
        }
        None
    }

    /// Headers returned along with a body: where they lead to, and the cookies that they set. Line breaks are
    /// refused by the frameworks that take such tuples.
    fn answered_headers(&mut self, frame: &mut Frame<'p>, entries: &[(Key, Value)]) {
        let span = frame.statement;
        for (key, value) in entries {
            let Key::Text(header) = key else { continue };
            let kind = match header.as_str().to_ascii_lowercase().as_str() {
                "location" | "refresh" => SinkKind::Redirect,
                "set-cookie" => SinkKind::Cookie,
                _ => continue,
            };
            self.sink(frame, kind, value, span, Symbol::new("the headers of the response"));
        }
    }

    /// The text that a response was made with, unless its type was changed to something that is no page.
    fn response_content(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Option<Value> {
        let ObjectKind::External(kind) = self.kind(frame, id) else { return None };
        if !self.input.models.is_subtype(kind, Symbol::new("werkzeug.wrappers.Response")) {
            return None;
        }
        let object = self.object(frame, id);
        let said =
            object.field(Symbol::new("content_type")).or_else(|| object.field(Symbol::new("mimetype")));
        if said.is_some_and(is_no_page) {
            return None;
        }
        if let Some(headers) = object.field(Symbol::new("headers")).cloned() {
            for reference in &headers.refs {
                if let Ref::Object(id) = reference {
                    let headers = self.object(frame, *id);
                    if headers.entries.iter().any(|(key, value)| is_content_type(key) && is_no_page(value)) {
                        return None;
                    }
                }
            }
        }
        (!object.rest.is_undefined()).then(|| object.rest.clone())
    }

    /// A response that was made as something that is no page: it may still be turned into one.
    pub(super) fn plain_response(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let kind = site.arguments.get(4, "content_type").or_else(|| site.arguments.get(3, "mimetype"))?;
        if !is_no_page(&kind) {
            return None;
        }
        let mut object = Object::new(ObjectKind::External(Symbol::new("flask.Response")));
        if let Some(body) = site.arguments.get(0, "response") {
            object.rest = self.text_value(frame, &body);
        }
        object.set_field(Symbol::new("mimetype"), kind);
        Some(Value::object(self.allocate(frame, site.span, 142, object)))
    }

    /// Headers of a response that are set later belong to that response.
    pub(super) fn headers_of(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        receiver: &Value,
        span: Span,
    ) -> Option<Value> {
        let [Ref::Object(owner)] = receiver.refs.as_slice() else { return None };
        if name.as_str() != "headers" || matches!(owner, ObjectId::Path(_)) || receiver.other {
            return None;
        }
        if !matches!(self.kind(frame, *owner), ObjectKind::External(_)) {
            return None;
        }
        let headers = Value::object(self.allocate(frame, span, 140, Object::new(ObjectKind::External(kind))));
        let kept = headers.clone();
        self.change(frame, *owner, |object| object.set_field(name, kept));
        Some(headers)
    }

    /// `start_response(status, headers)`, of an application that nobody but a server calls.
    pub(super) fn start_response(
        &mut self,
        frame: &mut Frame<'p>,
        callee: &Value,
        arguments: &Arguments,
        span: Span,
    ) {
        let Some(Identity::Path(path)) = callee.identity else { return };
        let (Ok(Root::Parameter(index)), None) = self.paths.node(path) else { return };
        if frame.ir.parameters.get(index as usize).is_none_or(|one| one.name.as_str() != "start_response") {
            return;
        }
        let Some(headers) = arguments.get(1, "headers") else { return };
        let name = Symbol::new("start_response");
        let mut html = false;
        if let Some(pairs) = self.known_elements(frame, &headers) {
            for pair in pairs {
                let Some(parts) = self.known_elements(frame, &pair) else { continue };
                let [key, value] = parts.as_slice() else { continue };
                let header = key.as_string().map(str::to_ascii_lowercase);
                html |= header.as_deref() == Some("content-type")
                    && value.texts.iter().any(|text| text.prefix().contains("html"));
                for one in [key, value] {
                    self.sink(frame, SinkKind::Header, one, span, name);
                }
                if matches!(header.as_deref(), Some("location" | "refresh")) {
                    self.sink(frame, SinkKind::Redirect, value, span, name);
                }
            }
        } else {
            let element = self.element(frame, &headers, span);
            self.sink(frame, SinkKind::Header, &element, span, name);
        }
        self.change(frame, ObjectId::External(Symbol::new(ANNOUNCED)), |object| {
            object.set_field(Symbol::new("html"), Value::boolean(html));
        });
    }
}

fn is_content_type(key: &Key) -> bool {
    matches!(key, Key::Text(name) if name.as_str().eq_ignore_ascii_case("content-type"))
}

/// A known type of content that no browser shows as a page; of several, all of them.
fn is_no_page(value: &Value) -> bool {
    let page = |text: &str| ["html", "xml", "svg"].iter().any(|one| text.contains(one));
    value.as_strings().is_some_and(|all| !all.is_empty() && !all.iter().any(|text| page(text)))
}
