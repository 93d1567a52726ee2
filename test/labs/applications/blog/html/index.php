<?php
// A blog of one table: POST adds a title, GET shows all.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
[$host, $port] = explode(':', getenv('WORDPRESS_DB_HOST'));
try {
    $db = new mysqli($host, getenv('WORDPRESS_DB_USER'), getenv('WORDPRESS_DB_PASSWORD'), getenv('WORDPRESS_DB_NAME'), (int) $port);
    $db->query('CREATE TABLE IF NOT EXISTS post (id INT AUTO_INCREMENT PRIMARY KEY, title TEXT) ENGINE=InnoDB');
    if ($_SERVER['REQUEST_METHOD'] === 'POST') {
        $insert = $db->prepare('INSERT INTO post (title) VALUES (?)');
        $insert->bind_param('s', $_POST['title']);
        $insert->execute();
    }
    echo '<h1>Blog</h1>';
    foreach ($db->query('SELECT title FROM post ORDER BY id') as $row) {
        echo '<li>', htmlspecialchars($row['title']), '</li>';
    }
} catch (mysqli_sql_exception $error) {
    http_response_code(500);
    echo 'Error establishing a database connection';
}
