#pragma once

namespace valise {

/// Gives `from` in the open folder `from_folder` the name `to` in `to_folder`, if nothing stands
/// there yet. Never follows a symbolic link in the last part. Returns 0 when done, EEXIST when the
/// name is taken (and `from` stands where it stood), ENOTSUP when the file system has no way to
/// rename without replacing, else the system's error number.
[[nodiscard]] int rename_if_absent_at(int from_folder, const char* from, int to_folder,
                                      const char* to) noexcept;

/// What ENOTSUP above means, in words.
inline constexpr const char* kNoRenameReason =
    "this file system cannot rename without replacing; choose a folder on another one";

}  // namespace valise
