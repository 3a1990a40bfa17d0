#include "cli/places.hpp"

#include <doctest/doctest.h>

#include <map>

#include "cli/environment.hpp"

namespace valise::cli {

using test::environment;

TEST_CASE("without any variable the places are those of the XDG specification") {
  const Places places = find_places(std::nullopt, environment({{"HOME", "/home/ada"}}));
  CHECK(places.vault == "/home/ada/.local/share/valise/vault");
  CHECK(places.config_dir == "/home/ada/.config/valise");
  CHECK(places.state_dir == "/home/ada/.local/state/valise");
}

TEST_CASE("XDG folders are used, and an empty one counts as unset") {
  const Places places = find_places(std::nullopt, environment({{"HOME", "/home/ada"},
                                                               {"XDG_DATA_HOME", "/data"},
                                                               {"XDG_CONFIG_HOME", ""},
                                                               {"XDG_STATE_HOME", "/state"}}));
  CHECK(places.vault == "/data/valise/vault");
  CHECK(places.config_dir == "/home/ada/.config/valise");
  CHECK(places.state_dir == "/state/valise");
}

TEST_CASE("the option goes before VALISE_VAULT, which goes before the default") {
  const Environment with_vault = environment({{"HOME", "/home/ada"}, {"VALISE_VAULT", "/mnt/b"}});
  CHECK(find_places(std::nullopt, with_vault).vault == "/mnt/b");
  CHECK(find_places("/mnt/a/", with_vault).vault == "/mnt/a");
  CHECK(find_places("rel", with_vault).vault == std::filesystem::current_path() / "rel");
}

TEST_CASE("empty and invalid places are errors and not ignored") {
  const auto refused = [](std::map<std::string, std::string> values) {
    values.emplace("HOME", "/home/ada");
    try {
      static_cast<void>(find_places(std::nullopt, environment(std::move(values))));
    } catch (const Error& error) {
      return error.kind() == ErrorKind::usage;
    }
    return false;
  };
  CHECK(refused({{"VALISE_VAULT", ""}}));
  CHECK(refused({{"VALISE_CONFIG_DIR", ""}}));
  CHECK(refused({{"VALISE_STATE_DIR", ""}}));
  CHECK(refused({{"XDG_STATE_HOME", "relative"}}));
  CHECK(refused({{"VALISE_VAULT", "s3://bucket/vault"}}));
  CHECK_FALSE(refused({{"VALISE_VAULT", "/mnt/vault"}}));
  CHECK_THROWS_AS(static_cast<void>(find_places("", environment({{"HOME", "/home/ada"}}))), Error);
}

TEST_CASE("a device's default name fits its field") {
  const std::string name = default_device_name();
  CHECK(!name.empty());
  CHECK(name.size() <= 32);
}

}  // namespace valise::cli
