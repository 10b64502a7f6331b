//! One job, timed: `transcode INPUT OUTPUT '{"video_codec": "h264"}'` prints the seconds it took.

use std::path::PathBuf;
use std::time::Instant;

use transcode_pipeline::{Control, Executor, Input, Job, Options, Output, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("expected INPUT OUTPUT [OPTIONS as JSON]".into());
    };
    let text = arguments.next().map_or_else(|| "{}".to_owned(), |text| text.to_string_lossy().into_owned());
    let options = Options::from_values(&serde_json::from_str(&text)?)?;
    let began = Instant::now();
    let job = Job { input: Input::Path(input), output: Output::Path(output), options, at_once: 1 };
    run(job, Executor::Auto, &Control::new())?;
    #[expect(clippy::print_stdout, reason = "this is what the program is for")]
    {
        println!("{:.6}", began.elapsed().as_secs_f64());
    }
    Ok(())
}
