//! Turns the FFmpeg version that `ffmpeg-sys-next` found into cfgs: `ffmpeg_6_0`, `ffmpeg_6_1`, ...
//! each meaning "at least". FFmpeg 5.1 is the floor and has none.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    assert!(
        std::env::var_os("DEP_FFMPEG_FFMPEG_5_1").is_some_and(|found| found == "true"),
        "FFmpeg is too old; expected 5.1 or newer; install newer libav* development packages"
    );
    for version in ["6_0", "6_1", "7_0", "7_1", "8_0"] {
        println!("cargo:rustc-check-cfg=cfg(ffmpeg_{version})");
        if std::env::var_os(format!("DEP_FFMPEG_FFMPEG_{version}")).is_some_and(|found| found == "true") {
            println!("cargo:rustc-cfg=ffmpeg_{version}");
        }
    }
}
