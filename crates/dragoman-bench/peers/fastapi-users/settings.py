"""What the command line says: python server.py --users N --cost C --database FILE"""

from argparse import ArgumentParser, Namespace


def parse() -> Namespace:
    parser = ArgumentParser()
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--cost", type=int, required=True)
    parser.add_argument("--database", required=True)
    return parser.parse_args()


settings = parse()
