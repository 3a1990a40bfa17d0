#include "base/markup.hpp"

#include <doctest/doctest.h>

namespace valise {

TEST_CASE("text in markup ends no attribute and begins no element") {
  CHECK(escape_markup("<a href='x' b=\"y\">&amp;") ==
        "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;");
  CHECK(escape_markup("d\u00e9j\u00e0 vu/50%").find('&') == std::string::npos);
  CHECK(escape_markup("").empty());
}

}  // namespace valise
