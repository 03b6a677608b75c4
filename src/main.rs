//! The `pipewright` program.

/// Gives freed memory back to the system also where something is left beside it; that of the C
/// library keeps what a crowd has taken.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    pipewright::cli::main()
}
