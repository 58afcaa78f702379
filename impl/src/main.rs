//! The `katakv` command: servers, routers, and a client for the shell. See `katakv --help`.

fn main() -> std::process::ExitCode {
    katakv::cli::main()
}
