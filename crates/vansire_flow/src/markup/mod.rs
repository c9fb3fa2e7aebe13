//! Template files of Jinja2, Django and Mako: what they print, from what, and whether it is escaped.
//!
//! [`parse`] gives the nodes of a template in order; whoever knows the values of its variables walks over them.
//! A template that doesn't parse in places gives the rest; nothing here fails.

mod builder;
mod cursor;
mod escaping;
mod expression;
mod mako;
mod tags;
#[cfg(test)]
mod tests;

pub use escaping::{Escaping, OutputPart};
pub use expression::{Argument, Expression};

/// The template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Engine {
    Jinja,
    Django,
    Mako,
    Tornado,
}

/// What is in a template file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFacts {
    pub engine: Engine,
    /// Output is escaped unless the template says otherwise.
    pub autoescape: bool,
    pub nodes: Vec<Node>,
}

/// Where something stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In bytes, with the delimiters.
    pub start: u32,
    pub end: u32,
}

/// An expression that is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub expression: Expression,
    /// Automatic escaping is in force here.
    pub autoescape: bool,
    pub place: Place,
}

impl Output {
    /// The values that are printed, each with what was done to it.
    pub fn parts(&self, engine: Engine) -> Vec<OutputPart<'_>> {
        escaping::parts(&self.expression, engine, self.autoescape)
    }
}

/// A name with its value: an assignment, a parameter with its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub value: Option<Expression>,
}

/// One branch of a condition; the last may have no test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub test: Option<Expression>,
    pub body: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Text(String),
    Output(Output),
    /// With several targets each element is taken apart.
    For {
        targets: Vec<String>,
        iterable: Expression,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
    If {
        branches: Vec<Branch>,
    },
    /// An assignment that holds in the rest of the block.
    Set {
        targets: Vec<String>,
        value: Expression,
    },
    /// An assignment of what is printed inside.
    Capture {
        name: String,
        body: Vec<Node>,
    },
    With {
        bindings: Vec<Binding>,
        body: Vec<Node>,
    },
    Block {
        name: String,
        body: Vec<Node>,
    },
    /// The names of the templates, when they are constants: the first that exists is taken.
    Include {
        names: Vec<String>,
        bindings: Vec<Binding>,
        only: bool,
        place: Place,
    },
    Extends {
        names: Vec<String>,
        place: Place,
    },
    /// The macros of another template, under one name or several: pairs of its name there and here.
    Import {
        template: Option<String>,
        alias: Option<String>,
        names: Vec<(String, String)>,
    },
    Macro {
        name: String,
        parameters: Vec<Binding>,
        body: Vec<Node>,
    },
    /// A macro called with a body that it can print with `caller()`.
    CallBlock {
        call: Output,
        parameters: Vec<String>,
        body: Vec<Node>,
    },
    /// A tag that isn't known.
    Other {
        name: String,
        place: Place,
    },
}

/// A step through a template in the order of its text.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    Text(&'a str),
    Output(&'a Output),
    /// A node with no text of its own: inclusion, inheritance, import, assignment, unknown tag.
    Node(&'a Node),
}

/// Whether Flask and its like escape the output of a template of this name.
pub fn escapes_by_name(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".html", ".htm", ".xml", ".xhtml", ".svg"].iter().any(|extension| lower.ends_with(extension))
}

/// Parses a template with the engine's usual settings.
pub fn parse(path: &str, text: &str, engine: Engine) -> TemplateFacts {
    let autoescape = match engine {
        Engine::Jinja => escapes_by_name(path),
        Engine::Django | Engine::Tornado => true,
        Engine::Mako => false,
    };
    parse_with(text, engine, autoescape)
}

/// Parses a template with escaping on or off at its beginning.
pub fn parse_with(text: &str, engine: Engine, autoescape: bool) -> TemplateFacts {
    let (nodes, autoescape) = match engine {
        Engine::Jinja | Engine::Django => (tags::parse(text, engine, autoescape), autoescape),
        Engine::Tornado => {
            // It holds for the whole file, wherever it stands.
            let autoescape = autoescape && !text.contains("{% autoescape None %}");
            (tags::parse(text, engine, autoescape), autoescape)
        }
        Engine::Mako => mako::parse(text, autoescape),
    };
    TemplateFacts { engine, autoescape, nodes }
}

/// All steps of some nodes in the order of the text, the branches of a condition one after the other.
pub fn in_order(nodes: &[Node]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    collect(nodes, &mut steps);
    steps
}

fn collect<'a>(nodes: &'a [Node], steps: &mut Vec<Step<'a>>) {
    for node in nodes {
        match node {
            Node::Text(text) => steps.push(Step::Text(text)),
            Node::Output(output) => steps.push(Step::Output(output)),
            Node::For { body, otherwise, .. } => {
                collect(body, steps);
                collect(otherwise, steps);
            }
            Node::If { branches } => {
                for branch in branches {
                    collect(&branch.body, steps);
                }
            }
            Node::Capture { body, .. }
            | Node::With { body, .. }
            | Node::Block { body, .. }
            | Node::Macro { body, .. } => {
                steps.push(Step::Node(node));
                collect(body, steps);
            }
            Node::CallBlock { call, body, .. } => {
                steps.push(Step::Output(call));
                collect(body, steps);
            }
            Node::Set { .. }
            | Node::Include { .. }
            | Node::Extends { .. }
            | Node::Import { .. }
            | Node::Other { .. } => steps.push(Step::Node(node)),
        }
    }
}
