//! How deep a file nests, told from its tokens before any tree is built.
//!
//! Trees are walked, and dropped, by recursion; a repository under analysis may have been written to
//! overflow the stack, which would end the process. So no tree deeper than [`MAXIMUM_DEPTH`] is made.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_parser::{Mode, lexer};

/// How many levels deep the tree of a file may be: nested brackets, blocks and functions, and chains
/// such as `a.b.c`, `x + x + x` or `not not x`, added together. A file that nests deeper is reported
/// and not analysed. CPython gives up earlier on most of these: at 200 brackets, at 100 levels of
/// indentation, and below 10,000 links of a chain.
pub const MAXIMUM_DEPTH: u32 = 6_000;

/// The stack that parsing, lowering and every later walk over a tree of [`MAXIMUM_DEPTH`] needs, in
/// bytes. Only what is used is ever taken from the system.
pub const STACK_SIZE: usize = 256 * 1024 * 1024;

/// Runs a function on a thread with a stack of [`STACK_SIZE`].
pub fn with_large_stack<T: Send>(function: impl FnOnce() -> T + Send) -> T {
    // The function is kept outside the thread, so that it can still be called when none can be
    // started.
    let mut function = Some(function);
    let mut result = None;
    let outcome = std::thread::scope(|scope| {
        let call = || result = function.take().map(|function| function());
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, call);
        thread.map(std::thread::ScopedJoinHandle::join)
    });
    if let Ok(Err(panic)) = outcome {
        std::panic::resume_unwind(panic);
    }
    match (result, function) {
        (Some(result), _) => result,
        (None, Some(function)) => function(),
        (None, None) => unreachable!("a function that was taken has either returned or panicked"),
    }
}

/// A builder of thread pools whose threads have a stack of [`STACK_SIZE`].
pub fn thread_pool_builder() -> rayon::ThreadPoolBuilder {
    rayon::ThreadPoolBuilder::new().stack_size(STACK_SIZE)
}

/// Files with fewer tokens than this that can add a level are parsed without a look ahead: the
/// parser takes stack from the heap where it needs to, and such a tree can still be dropped. Then
/// [`tokens_nest_too_deeply`] tells whether it may be walked.
const PARSED_UNSEEN: usize = 50_000;

/// Whether this text must not even be parsed, for its tree could be too deep to be dropped.
pub(crate) fn is_too_deep_to_parse(text: &str, mode: Mode) -> bool {
    // Every level takes a token of punctuation, or a keyword with a space or punctuation beside it.
    let candidates = text.bytes().filter(|&byte| DEEPENS[byte as usize]).count();
    if candidates < PARSED_UNSEEN {
        return false;
    }
    let mut lexer = lexer::lex(text, mode);
    let kinds = std::iter::from_fn(|| match lexer.next_token() {
        TokenKind::EndOfFile => None,
        kind => Some(kind),
    });
    nests_deeper_than(kinds, MAXIMUM_DEPTH)
}

/// Whether the tree of these tokens could be deeper than [`MAXIMUM_DEPTH`]. It may say so of a tree
/// that is a little less deep, never the reverse.
pub(crate) fn tokens_nest_too_deeply(tokens: &[Token]) -> bool {
    // Nothing nests deeper than there are tokens.
    tokens.len() > MAXIMUM_DEPTH as usize && nests_deeper_than(tokens.iter().map(Token::kind), MAXIMUM_DEPTH)
}

/// The bytes of which one stands in, or next to, any token that can add a level.
const DEEPENS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_word = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        let is_harmless = matches!(byte as u8, b',' | b'#' | b')' | b']' | b'}');
        table[byte] = !is_word && !is_harmless;
        byte += 1;
    }
    table
};

/// The chain of the expression at hand, within one pair of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    closer: Option<TokenKind>,
    /// Levels added since the last comma.
    chain: u32,
    /// Lambdas whose parameters are being listed: their commas end nothing.
    open_lambdas: u32,
    /// After a `yield`, what follows a comma still belongs to it.
    yields: bool,
}

fn nests_deeper_than(tokens: impl Iterator<Item = TokenKind>, limit: u32) -> bool {
    // Depth of the blocks around the line, and of the brackets around the expression.
    let mut blocks: Vec<u32> = Vec::new();
    let mut block_depth = 0;
    let mut brackets: Vec<Level> = Vec::new();
    let mut bracket_depth = 0;
    let mut level = Level::default();
    let mut last_line = 0;
    for kind in tokens {
        match kind {
            TokenKind::Newline => {
                // The block that this line may open lies below everything on the line.
                last_line = brackets.first().unwrap_or(&level).chain;
                brackets.clear();
                bracket_depth = 0;
                level = Level::default();
            }
            TokenKind::Indent => {
                blocks.push(block_depth);
                block_depth += last_line + 1;
            }
            TokenKind::Dedent => block_depth = blocks.pop().unwrap_or(0),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                level.chain += 1;
                bracket_depth += level.chain;
                let closer = match kind {
                    TokenKind::Lpar => TokenKind::Rpar,
                    TokenKind::Lsqb => TokenKind::Rsqb,
                    _ => TokenKind::Rbrace,
                };
                brackets
                    .push(std::mem::replace(&mut level, Level { closer: Some(closer), ..Level::default() }));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                // A closer of another kind may be skipped by the parser's recovery: it closes nothing.
                if level.closer == Some(kind)
                    && let Some(outer) = brackets.pop()
                {
                    level = outer;
                    bracket_depth -= level.chain;
                }
            }
            TokenKind::Comma => {
                if level.open_lambdas == 0 && !level.yields {
                    level.chain = 0;
                }
            }
            TokenKind::Lambda => {
                level.open_lambdas += 1;
                level.chain += 1;
            }
            TokenKind::Yield => {
                level.yields = true;
                level.chain += 1;
            }
            TokenKind::Colon => {
                level.open_lambdas = level.open_lambdas.saturating_sub(1);
                level.chain += 1;
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::FStringEnd
            | TokenKind::TStringMiddle
            | TokenKind::TStringEnd
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
            | TokenKind::Ellipsis
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Semi => {}
            _ => level.chain += 1,
        }
        if block_depth + bracket_depth + level.chain > limit {
            return true;
        }
    }
    false
}
