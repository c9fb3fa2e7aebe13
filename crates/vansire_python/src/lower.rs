//! From text to IR: parse, find the scopes, lower.
//!
//! A body's names are collected before its statements are lowered; bodies within it are lowered on
//! the way, while the tables of the bodies around them are at hand.

mod bindings;
mod exports;
mod expressions;
mod patterns;
mod scopes;
mod statements;
mod strings;

use ruff_python_ast as ast;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_cells_unchecked, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::Symbol;
use crate::depth::{MAXIMUM_DEPTH, is_too_deep_to_parse, tokens_nest_too_deeply};
use crate::ir::{Body, BodyKind, IrModule, Span};
use crate::source::SourceFile;
use scopes::{Binding, Scope};

/// What lowering makes of a file.
#[derive(Debug)]
pub struct Lowered {
    pub module: IrModule,
    /// In the order of the text.
    pub errors: Vec<SyntaxProblem>,
}

/// A place where a file is not valid Python, or goes beyond a bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// From 1; within the cell for notebooks.
    pub line: u32,
    /// The notebook's cell.
    pub cell: Option<u32>,
    pub message: String,
}

/// Parses a file and lowers it. It never fails: what can't be parsed is left out and reported.
///
/// It recurses as deep as the code nests, within [`MAXIMUM_DEPTH`]: call it on a thread with a stack
/// of [`crate::STACK_SIZE`], as [`crate::with_large_stack`] gives.
pub fn lower(source: &SourceFile) -> Lowered {
    if is_too_deep_to_parse(&source.text, Mode::Module) {
        return refuse(source, too_deep());
    }
    // The parser is not ours. Should it give up on some broken text, only this file is lost.
    let Ok(parsed) = std::panic::catch_unwind(|| parse(source)) else {
        return refuse(source, "can't be parsed: the parser gave up".to_owned());
    };
    if tokens_nest_too_deeply(parsed.tokens()) {
        return refuse(source, too_deep());
    }
    let (module, too_deep) = lower_block(source, &parsed.syntax().body);
    let mut errors: Vec<(Span, String)> =
        parsed.errors().iter().map(|error| (span(error.location), error.error.to_string())).collect();
    if let Some(place) = too_deep {
        errors.push((place, "nests too deeply; what is inside is not analysed".to_owned()));
    }
    errors.sort();
    let errors = errors
        .into_iter()
        .map(|(place, message)| {
            let (line, _, _, _, cell) = source.location(place);
            SyntaxProblem { line, cell, message }
        })
        .collect();
    Lowered { module, errors }
}

/// An empty module for a file that is given up as a whole.
fn refuse(source: &SourceFile, message: String) -> Lowered {
    let module = lower_block(source, &[]).0;
    Lowered { module, errors: vec![SyntaxProblem { line: 1, cell: None, message }] }
}

fn too_deep() -> String {
    format!("nests too deeply to be analysed (more than {MAXIMUM_DEPTH} levels)")
}

fn parse(source: &SourceFile) -> Parsed<ast::ModModule> {
    let options = ParseOptions::from(Mode::Module).with_target_version(ast::PythonVersion::latest());
    if source.is_notebook() {
        // Each cell is parsed alone, so that an error in one leaves the others whole.
        let ranges = source
            .cells()
            .iter()
            .map(|cell| TextRange::new(TextSize::from(cell.start), TextSize::from(cell.end)));
        return parse_cells_unchecked(&source.text, ranges, &options);
    }
    match parse_unchecked(&source.text, options.clone()).try_into_module() {
        Some(parsed) => parsed,
        // A module is parsed to a module; an empty one stands for what can't happen.
        None => parse_cells_unchecked("", [], &options),
    }
}

fn lower_block(source: &SourceFile, block: &[ast::Stmt]) -> (IrModule, Option<Span>) {
    let mut lowerer = Lowerer {
        text: &source.text,
        // Walrus targets and `global` bind far from where they stand. Both are rare, and looking
        // for them is skipped where they can't be.
        has_walrus: source.text.contains(":="),
        bodies: Vec::new(),
        scopes: Vec::new(),
        spare_tables: Vec::new(),
        imports: Vec::new(),
        relative_imports: Vec::new(),
        buffer: String::new(),
        depth: 0,
        too_deep: None,
        in_annotation: false,
    };
    let end = source.text.len() as u32;
    lowerer.begin(BodyKind::Module, Symbol::new(""), Span { start: 0, end }, Span::default());
    lowerer.declare_block(block);
    if source.text.contains("global") {
        lowerer.declare_globals(block);
    }
    let statements = lowerer.block(block);
    lowerer.finish(statements, |_| ());
    let (mut imports, mut relative_imports) = (lowerer.imports, lowerer.relative_imports);
    for names in [&mut imports, &mut relative_imports] {
        names.sort_unstable_by_key(|name| name.as_str());
        names.dedup();
    }
    let exports = exports::exports(block);
    let module = IrModule { bodies: lowerer.bodies, exports, imports, relative_imports };
    (module, lowerer.too_deep)
}

struct Lowerer<'a> {
    text: &'a str,
    has_walrus: bool,
    bodies: Vec<Body>,
    /// The bodies being lowered, outermost first.
    scopes: Vec<Scope>,
    spare_tables: Vec<FxHashMap<Symbol, Binding>>,
    imports: Vec<Symbol>,
    relative_imports: Vec<Symbol>,
    buffer: String,
    depth: u32,
    /// The first place where the depth went beyond its bound.
    too_deep: Option<Span>,
    /// Strings are then forward references.
    in_annotation: bool,
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

fn span_of(node: &impl Ranged) -> Span {
    span(node.range())
}

#[cfg(test)]
mod tests;
