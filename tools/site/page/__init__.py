"""Python in the page: what runs there, and how it is put together when the site is built."""
