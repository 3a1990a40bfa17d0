#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace valise::test {

/// What one app's folder is made of. In the statements %f and %l stand for the first and the last
/// new message; in `attachment` %n for the number of the file, %m for its message's, %p for the
/// path as the app writes it, %s for the size.
struct AppLayout {
  std::string_view app;
  std::string_view database;
  std::string_view schema;
  std::string_view messages;
  std::string_view attachment;
  std::string_view paths;          ///< A query of all paths as the app writes them.
  std::string_view root;           ///< Where named files stand, with a slash behind it.
  std::string_view stored_prefix;  ///< What the app writes instead of `root`.
  std::string_view extension;
  bool nested = true;
  std::vector<std::string_view> unnamed;  ///< Files that no row names.
};

/// Throws std::runtime_error for an app that is not known.
[[nodiscard]] const AppLayout& app_layout(const std::string& app);
[[nodiscard]] const std::vector<AppLayout>& app_layouts();

}  // namespace valise::test
