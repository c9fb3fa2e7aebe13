//! The walk over a template: blocks, macros, inclusions, and what each output prints.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::templates::{FILTERS, MAXIMUM_NESTING, Macro, Names, Parsed, Request, Source, is_markup_type};
use super::{Frame, Hit, Solver};
use crate::domain::{Label, Labels, ObjectId, Part, Ref, Text, Value};
use crate::markup::{self, Binding, Engine, Escaping, Expression, Node, Output, OutputPart, Place};
use crate::text::{KindSet, SinkKind};

/// At most this many nodes are walked for one rendering.
const MAXIMUM_NODES: u32 = 6000;
/// Of the text in front of an output at most this much is kept, where no script or comment is open.
const MAXIMUM_PREFIX: usize = 2000;

/// The body of a block, with the template that it stands in.
type BlockBody = (Option<u32>, Rc<[Node]>);

pub(super) struct Rendering {
    pub(super) engine: Engine,
    pub(super) template: Option<u32>,
    pub(super) span: Span,
    pub(super) scope: Vec<(String, Value)>,
    pub(super) rest: Value,
    pub(super) ambient: &'static [(&'static str, &'static str)],
    /// What stands in front, with a letter for each thing that isn't known.
    pub(super) out: String,
    /// The same with its holes, for the text that comes back.
    pub(super) parts: Vec<Part>,
    /// What the blocks are, the innermost heir first.
    pub(super) blocks: Vec<(String, Vec<BlockBody>)>,
    /// The block that is being printed, and how far up its ancestors.
    pub(super) current: Option<(String, usize)>,
    pub(super) macros: Vec<(String, Rc<Macro>)>,
    /// The body of a `{% call %}`.
    pub(super) callers: Vec<Rc<[Node]>>,
    pub(super) autoescape: Option<bool>,
    pub(super) reports: bool,
    pub(super) depth: u32,
    pub(super) nodes: u32,
    pub(super) printed: Labels,
}

impl<'p> Solver<'p> {
    pub(super) fn render(&mut self, frame: &mut Frame<'p>, request: &Request, names: &Names) -> Value {
        self.count("templates rendered");
        let mut rendering = Rendering {
            engine: request.engine,
            template: match request.source {
                Source::File(number) => Some(number),
                Source::Text(_) => None,
            },
            span: request.span,
            scope: names.known.clone(),
            rest: names.rest.clone(),
            ambient: request.ambient,
            out: String::new(),
            parts: Vec::new(),
            blocks: Vec::new(),
            current: None,
            macros: Vec::new(),
            callers: Vec::new(),
            autoescape: request.autoescape,
            reports: request.reports,
            depth: 0,
            nodes: 0,
            printed: Labels::NONE,
        };
        let parsed = self.parsed(&request.source, request.engine, request.autoescape);
        self.whole(frame, &mut rendering, &parsed);
        let result = if request.reports {
            // Its own outputs were looked at; for all other purposes it carries what was printed.
            let harmless = KindSet::EMPTY.with(SinkKind::Html);
            let labels = rendering.printed.clear(harmless).inexact();
            Value::opaque(labels)
        } else {
            Value::text(Text::from_parts(std::mem::take(&mut rendering.parts)))
        };
        if request.engine == Engine::Django {
            return result.edit(|data| {
                data.refs.push(Ref::Instance(Symbol::new("django.utils.safestring.SafeString")));
            });
        }
        result
    }

    /// A template with all that it inherits.
    pub(super) fn whole(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, parsed: &Rc<Parsed>) {
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        rendering.depth += 1;
        let mut parsed = parsed.clone();
        for _ in 0..MAXIMUM_NESTING {
            for (name, body) in &parsed.blocks {
                let entry = (rendering.template, body.clone());
                match rendering.blocks.iter_mut().find(|(own, _)| own == name) {
                    Some((_, bodies)) => bodies.push(entry),
                    None => rendering.blocks.push((name.clone(), vec![entry])),
                }
            }
            rendering.macros.extend(parsed.macros.iter().cloned());
            let parent = parsed.facts.nodes.iter().find_map(|node| match node {
                Node::Extends { names, .. } => Some(names),
                _ => None,
            });
            let Some(names) = parent else { break };
            // Of an heir only assignments are of effect outside its blocks.
            for node in &parsed.facts.nodes {
                if matches!(node, Node::Set { .. } | Node::Import { .. }) {
                    self.node(frame, rendering, node);
                }
            }
            let Some(number) = names.iter().find_map(|name| self.find_template(frame.file, name)) else {
                // A parent that isn't here shows all blocks.
                let blocks: Vec<Node> = parsed
                    .facts
                    .nodes
                    .iter()
                    .filter(|node| matches!(node, Node::Block { .. }))
                    .cloned()
                    .collect();
                self.nodes(frame, rendering, &blocks);
                rendering.depth -= 1;
                return;
            };
            rendering.template = Some(number);
            parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
        }
        self.nodes(frame, rendering, &parsed.facts.nodes);
        rendering.depth -= 1;
    }

    pub(super) fn nodes(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, nodes: &[Node]) {
        for node in nodes {
            if rendering.nodes >= MAXIMUM_NODES || !frame.state.alive {
                return;
            }
            rendering.nodes += 1;
            self.node(frame, rendering, node);
        }
    }

    /// Nodes in a scope of their own.
    pub(super) fn inner(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, nodes: &[Node]) {
        let mark = rendering.scope.len();
        self.nodes(frame, rendering, nodes);
        rendering.scope.truncate(mark);
    }

    pub(super) fn node(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, node: &Node) {
        match node {
            Node::Text(text) => rendering.literal(text),
            Node::Output(output) => self.output(frame, rendering, output),
            Node::For { targets, iterable, body, otherwise } => {
                let iterable = self.template_value(frame, rendering, iterable);
                let empty = self.known_elements(frame, &iterable).is_some_and(|elements| elements.is_empty());
                if !empty {
                    let element = self.element(frame, &iterable, rendering.span);
                    let mark = rendering.scope.len();
                    rendering.scope.push(("loop".to_owned(), Value::unknown()));
                    rendering.scope.push(("forloop".to_owned(), Value::unknown()));
                    self.bind_targets(frame, rendering, targets, &element);
                    self.nodes(frame, rendering, body);
                    rendering.scope.truncate(mark);
                }
                self.inner(frame, rendering, otherwise);
            }
            Node::If { branches } => self.branches(frame, rendering, branches),
            Node::Set { targets, value } => {
                let value = self.template_value(frame, rendering, value);
                self.bind_targets(frame, rendering, targets, &value);
            }
            Node::Capture { name, body } => {
                let value = self.captured(frame, rendering, body);
                rendering.scope.push((name.clone(), value));
            }
            Node::With { bindings, body } => {
                let mark = rendering.scope.len();
                self.bind_names(frame, rendering, bindings);
                self.nodes(frame, rendering, body);
                rendering.scope.truncate(mark);
            }
            Node::Block { name, body } => self.block_of(frame, rendering, name, body),
            Node::Include { names, bindings, only, .. } => {
                self.include(frame, rendering, names, bindings, *only);
            }
            Node::Import { template, alias, names } => {
                let Some(number) = template.as_ref().and_then(|name| self.find_template(frame.file, name))
                else {
                    return;
                };
                let parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
                for (name, one) in &parsed.macros {
                    if let Some(alias) = alias {
                        rendering.macros.push((format!("{alias}.{name}"), one.clone()));
                    }
                    if let Some((_, here)) = names.iter().find(|(there, _)| there == name) {
                        rendering.macros.push((here.clone(), one.clone()));
                    }
                }
            }
            Node::CallBlock { call, body, .. } => {
                rendering.callers.push(body.as_slice().into());
                self.output(frame, rendering, call);
                rendering.callers.pop();
            }
            Node::Extends { .. } | Node::Macro { .. } | Node::Other { .. } => {}
        }
    }

    pub(super) fn branches(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        branches: &[markup::Branch],
    ) {
        let before = rendering.out.clone();
        let mut after: Option<String> = None;
        for branch in branches {
            let truth = match &branch.test {
                // A test of a value that is known decides; comparisons aren't followed.
                Some(Expression::Name(name)) => rendering.lookup(name).and_then(|value| value.truth()),
                Some(_) => None,
                None => Some(true),
            };
            if truth == Some(false) {
                continue;
            }
            rendering.out.clone_from(&before);
            self.inner(frame, rendering, &branch.body);
            after.get_or_insert_with(|| rendering.out.clone());
            if truth == Some(true) {
                break;
            }
        }
        rendering.out = after.unwrap_or(before);
    }

    pub(super) fn bind_targets(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        targets: &[String],
        value: &Value,
    ) {
        if let [target] = targets {
            // `{% set ns.name = … %}` sets an attribute of a namespace.
            rendering.scope.push((target.clone(), value.clone()));
            return;
        }
        for (at, target) in targets.iter().enumerate() {
            let element = self.subscript(frame, value, &Value::integer(at as i64), rendering.span);
            rendering.scope.push((target.clone(), element));
        }
    }

    pub(super) fn bind_names(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        bindings: &[Binding],
    ) {
        for binding in bindings {
            let value = match &binding.value {
                Some(value) => self.template_value(frame, rendering, value),
                None => Value::unknown(),
            };
            rendering.scope.push((binding.name.clone(), value));
        }
    }

    /// What is printed inside, as a value that was looked at.
    pub(super) fn captured(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        body: &[Node],
    ) -> Value {
        let out = std::mem::take(&mut rendering.out);
        let parts = std::mem::take(&mut rendering.parts);
        self.inner(frame, rendering, body);
        rendering.out = out;
        let inside = std::mem::replace(&mut rendering.parts, parts);
        let text = Text::from_parts(inside);
        let mut value = Value::text(text);
        if rendering.reports {
            value = value.map_labels(|labels| labels.clear(KindSet::EMPTY.with(SinkKind::Html)));
        }
        value.edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))))
    }

    pub(super) fn block_of(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        name: &str,
        body: &[Node],
    ) {
        let found = rendering
            .blocks
            .iter()
            .find(|(own, _)| own == name)
            .and_then(|(_, bodies)| bodies.first().cloned());
        match found {
            Some((template, nodes)) => {
                self.block_body(frame, rendering, (name.to_owned(), 0), template, &nodes);
            }
            None => self.inner(frame, rendering, body),
        }
    }

    pub(super) fn block_body(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        current: (String, usize),
        template: Option<u32>,
        nodes: &[Node],
    ) {
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        rendering.depth += 1;
        let outer = rendering.current.replace(current);
        let outer_template = std::mem::replace(&mut rendering.template, template);
        self.inner(frame, rendering, nodes);
        rendering.template = outer_template;
        rendering.current = outer;
        rendering.depth -= 1;
    }

    pub(super) fn include(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        names: &[String],
        bindings: &[Binding],
        only: bool,
    ) {
        let Some(number) = names.iter().find_map(|name| self.find_template(frame.file, name)) else { return };
        if rendering.depth >= MAXIMUM_NESTING {
            return;
        }
        let mark = rendering.scope.len();
        self.bind_names(frame, rendering, bindings);
        let outer_scope = if only {
            let own = rendering.scope.split_off(mark);
            Some(std::mem::replace(&mut rendering.scope, own))
        } else {
            None
        };
        let blocks = std::mem::take(&mut rendering.blocks);
        let macros = rendering.macros.len();
        let template = rendering.template.replace(number);
        let parsed = self.parsed(&Source::File(number), rendering.engine, rendering.autoescape);
        self.whole(frame, rendering, &parsed);
        rendering.template = template;
        rendering.blocks = blocks;
        rendering.macros.truncate(macros);
        match outer_scope {
            Some(scope) => rendering.scope = scope,
            None => rendering.scope.truncate(mark),
        }
    }

    // ---- outputs

    pub(super) fn output(&mut self, frame: &mut Frame<'p>, rendering: &mut Rendering, output: &Output) {
        let engine = rendering.engine;
        let parts = output.parts(engine);
        if parts.is_empty() {
            match &output.expression {
                Expression::Text(text) => rendering.literal(text),
                _ => rendering.hole(Labels::NONE),
            }
        }
        for part in &parts {
            if self.structural(frame, rendering, part.value).is_some() {
                continue;
            }
            let value = self.template_value(frame, rendering, part.value);
            self.print(frame, rendering, &value, part, output.place);
        }
    }

    /// Calls that print something of the template itself: `super()`, `caller()`, macros, blocks.
    pub(super) fn structural(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        expression: &Expression,
    ) -> Option<()> {
        let (function, arguments): (&Expression, &[markup::Argument]) = match expression {
            Expression::Call { function, arguments } => (function, arguments),
            // Django's `{{ block.super }}`.
            Expression::Attribute { name, .. } if name == "super" && rendering.current.is_some() => {
                (expression, &[])
            }
            _ => return None,
        };
        let name = dotted(function)?;
        match name.as_str() {
            "super" | "block.super" => {
                let (block, level) = rendering.current.clone()?;
                let (template, nodes) = rendering
                    .blocks
                    .iter()
                    .find(|(own, _)| *own == block)
                    .and_then(|(_, bodies)| bodies.get(level + 1).cloned())?;
                self.block_body(frame, rendering, (block, level + 1), template, &nodes);
                return Some(());
            }
            "caller" => {
                let nodes = rendering.callers.last()?.clone();
                self.inner(frame, rendering, &nodes);
                return Some(());
            }
            _ => {}
        }
        if let Some(block) = name.strip_prefix("self.") {
            let (template, nodes) = rendering
                .blocks
                .iter()
                .find(|(own, _)| own == block)
                .and_then(|(_, bodies)| bodies.first().cloned())?;
            self.block_body(frame, rendering, (block.to_owned(), 0), template, &nodes);
            return Some(());
        }
        let one = rendering.macros.iter().rev().find(|(own, _)| *own == name).map(|(_, one)| one.clone())?;
        if rendering.depth >= MAXIMUM_NESTING {
            return Some(());
        }
        let mut given = Vec::new();
        for argument in arguments {
            let value = self.template_value(frame, rendering, &argument.value);
            given.push((argument.name.clone(), value));
        }
        let mark = rendering.scope.len();
        for (at, parameter) in one.parameters.iter().enumerate() {
            let value = given
                .iter()
                .find(|(name, _)| name.as_deref() == Some(parameter.name.as_str()))
                .or_else(|| given.iter().filter(|(name, _)| name.is_none()).nth(at))
                .map(|(_, value)| value.clone());
            let value = match (value, &parameter.value) {
                (Some(value), _) => value,
                (None, Some(default)) => self.template_value(frame, rendering, default),
                (None, None) => Value::unknown(),
            };
            rendering.scope.push((parameter.name.clone(), value));
        }
        rendering.depth += 1;
        let template = std::mem::replace(&mut rendering.template, one.template);
        self.nodes(frame, rendering, &one.body);
        rendering.template = template;
        rendering.depth -= 1;
        rendering.scope.truncate(mark);
        Some(())
    }

    pub(super) fn print(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        value: &Value,
        part: &OutputPart<'_>,
        place: Place,
    ) {
        // Which type it has decides whether it is escaped.
        if value.has_labels() {
            Self::demand_value(frame, value);
        }
        let mut value = self.through_filters(frame, rendering, value, &part.filters);
        let mut escapes = part.escaping == Escaping::Html;
        if let Some(method) = self.special_method(frame, &value, "__html__") {
            let before = frame.state.clone();
            let result = self.call(frame, &method, &Arguments::default(), rendering.span);
            if !frame.state.alive {
                frame.state = before;
            }
            value = result;
            escapes = false;
        }
        if value.refs.iter().any(|one| matches!(one, Ref::Instance(name) if is_markup_type(*name))) {
            escapes = false;
        }
        let value = self.text_value(frame, &value);
        let labels_inside =
            if value.refs.is_empty() { Labels::NONE } else { self.deep_labels(frame, &value) };
        let value =
            if value.has_labels() || labels_inside.is_empty() { value } else { Value::opaque(labels_inside) };
        let change = |labels: &Labels| -> Labels {
            labels
                .map(|label| {
                    let (chars, adds) = if escapes {
                        (part.chars_after(label.chars), part.chars_after(label.adds))
                    } else {
                        (label.chars & part.chars, label.adds & part.chars)
                    };
                    let exact = label.exact && chars == label.chars;
                    Label { chars, adds, exact, ..*label }
                })
                .clear(part.cleared())
        };
        if !value.has_labels() {
            match value.as_string() {
                Some(text) => rendering.literal(&escaped(text, escapes)),
                None => rendering.hole(Labels::NONE),
            }
            return;
        }
        let texts: Vec<Text> = value
            .as_texts()
            .iter()
            .map(|text| {
                Text::from_parts(
                    text.parts()
                        .iter()
                        .map(|one| match one {
                            Part::Literal(text) => Part::Literal(escaped(text, escapes).into()),
                            Part::Hole { labels, identity } => {
                                Part::Hole { labels: change(labels), identity: *identity }
                            }
                        })
                        .collect(),
                )
            })
            .collect();
        let labels = texts.iter().fold(Labels::NONE, |all, text| all.union(&text.labels()));
        rendering.printed = rendering.printed.union(&labels);
        if rendering.reports {
            let prefix = Text::literal(context_of(&rendering.out));
            let value = Value::texts(texts.iter().map(|text| prefix.concat(text)));
            let name = match rendering.template {
                Some(number) => self.input.templates[number as usize].path.as_str(),
                None => "the template",
            };
            let hit = Hit {
                file: frame.file,
                span: rendering.span,
                scope: frame.ir.qualified_name,
                sink: Symbol::new(name),
                kind: SinkKind::Html,
                value,
                template: rendering.template.map(|number| (number, place.line, place.column)),
                by_text: false,
                inside: None,
            };
            self.report_hit(frame, hit);
        }
        if let [text] = texts.as_slice() {
            rendering.parts.extend(text.parts().iter().cloned());
            rendering.out.push('x');
        } else {
            rendering.hole(labels);
        }
    }

    /// The project's own filters.
    pub(super) fn through_filters(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &Rendering,
        value: &Value,
        filters: &[&str],
    ) -> Value {
        let mut value = value.clone();
        for filter in filters {
            let known = self.object(frame, ObjectId::External(Symbol::new(FILTERS)));
            let Some(function) = known.field(Symbol::new(filter)).cloned() else { continue };
            let before = frame.state.clone();
            let result = self.call(frame, &function, &Arguments::of(vec![value.clone()]), rendering.span);
            if frame.state.alive {
                value = result;
            } else {
                frame.state = before;
            }
        }
        value
    }
}

impl Rendering {
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        self.scope.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    pub(super) fn literal(&mut self, text: &str) {
        self.out.push_str(text);
        self.parts.push(Part::Literal(text.into()));
    }

    pub(super) fn hole(&mut self, labels: Labels) {
        self.out.push('x');
        self.parts.push(Part::Hole { labels, identity: None });
    }
}

/// `forms.field`, for an expression that is nothing but names.
fn dotted(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Name(name) => Some(name.clone()),
        Expression::Attribute { value, name } => Some(format!("{}.{name}", dotted(value)?)),
        _ => None,
    }
}

fn escaped(text: &str, escapes: bool) -> String {
    if !escapes {
        return text.to_owned();
    }
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

/// As much of the text in front as decides where in the page something stands: from the tag, the
/// comment or the script that isn't closed.
fn context_of(text: &str) -> &str {
    let mut start = None;
    for (open, close) in [
        ("<script", "</script"),
        ("<style", "</style"),
        ("<textarea", "</textarea"),
        ("<title", "</title"),
        ("<!--", "-->"),
    ] {
        if let Some(at) = text.rfind(open)
            && !text[at..].contains(close)
            && start.is_none_or(|start| at < start)
        {
            start = Some(at);
        }
    }
    let at = start.or_else(|| text.rfind('<')).unwrap_or(text.len());
    let tail = &text[at..];
    if tail.len() <= MAXIMUM_PREFIX {
        return tail;
    }
    // A long script: its beginning tells what it is, its end where in it we are; the end is kept.
    let cut = tail.floor_char_boundary(tail.len() - MAXIMUM_PREFIX);
    match start {
        Some(_) => tail,
        None => &tail[cut..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts() {
        assert_eq!(context_of("<p>text</p> and "), "</p> and ");
        assert_eq!(context_of("<p><a href=\""), "<a href=\"");
        assert_eq!(context_of("<p><script>if (a < b) { x = \""), "<script>if (a < b) { x = \"");
        assert_eq!(context_of("<script>1</script><b>"), "<b>");
        assert_eq!(context_of("plain"), "");
    }
}
